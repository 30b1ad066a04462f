import { z } from 'zod';

/** How payloads are encrypted. */
export const codecSchema = z.strictObject({
  keys: z
    .union([
      z.strictObject({
        env: z
          .string()
          .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'not a name of an environment variable')
          .describe('Environment variable, of the worker and of who calls runbook.'),
      }),
      z.strictObject({
        file: z
          .string()
          .min(1)
          .describe('File, relative to this one, that its user alone may read.'),
      }),
    ])
    .describe(
      'Where the keys are: one a line, as runbook codec key prints it; the first one encrypts.',
    ),
});
export type CodecSettings = z.output<typeof codecSchema>;
