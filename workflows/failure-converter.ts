import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Puts messages and stack traces of failures into payloads, so that the codec encrypts them too. Named by
 * its path: to the worker and the client, and to the bundle of a worker that has keys.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
