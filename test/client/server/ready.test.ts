import { expect, test } from '@jest/globals';
import { onceReady } from '../../../client/server/ready.js';

/** What the SDK throws: gRPC's error as the cause of its own. */
function refused(code: number, details: string): Error {
  return new Error('the call failed', { cause: Object.assign(new Error(details), { code }) });
}
const failing = 'Unable to perform workflow execution update due to Workflow Task in failed state.';

/** A call that throws these, one after the other, and then answers. */
function calls(...errors: Error[]): { call: () => Promise<string>; times: () => number } {
  let times = 0;
  const call = (): Promise<string> => {
    const error = errors[times];
    times += 1;
    return error === undefined ? Promise.resolve('taken') : Promise.reject(error);
  };
  return { call, times: () => times };
}

test('a workflow whose tasks have just failed is called again until it is ready', async () => {
  const { call, times } = calls(refused(9, failing), refused(9, failing));
  expect(await onceReady('pause r-1', call, { pause: 5 })).toBe('taken');
  expect(times()).toBe(3);
});

test('any other error is told at once', async () => {
  const error = refused(14, 'no connection');
  const { call, times } = calls(error);
  await expect(onceReady('pause r-1', call, { pause: 5 })).rejects.toBe(error);
  expect(times()).toBe(1);
});

test('one that does not become ready has no worker that is of use', async () => {
  const { call } = calls(...Array.from({ length: 100 }, () => refused(9, failing)));
  const waiting = onceReady('pause r-1', call, { pause: 5, patience: 60 });
  await expect(waiting).rejects.toMatchObject({
    code: 'worker-unavailable',
    message: 'pause r-1: no worker gets through its tasks',
  });
});
