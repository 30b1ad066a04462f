import { z } from 'zod';

const time = z.iso.datetime();

/** A command that a step has run, once or again and again: a probe or a wait makes the same call thousands of times. */
export const commandRunSchema = z.strictObject({
  at: time.describe('When it was run first, RFC 3339 UTC.'),
  lastAt: time.describe('When it was run last.'),
  step: z.string(),
  verb: z.string(),
  attempt: z.int(),
  target: z.string().nullable(),
  command: z.string().describe('A line that an operator could paste.'),
  brief: z
    .string()
    .optional()
    .describe(
      'The same without what leads to its target, such as a kubeconfig; only where that differs.',
    ),
  times: z.int().describe('How often it was run: a probe or a wait repeats its commands.'),
  exits: z
    .array(z.strictObject({ code: z.int().nullable(), times: z.int() }))
    .describe('How often each exit code came; null: nobody could learn it, or it still runs.'),
  longestMs: z
    .number()
    .nullable()
    .describe('The longest that one took; null where none has ended.'),
  output: z
    .string()
    .describe('The end of what it printed the last time, both streams; at most 2000 characters.'),
  outputBytes: z
    .int()
    .nullable()
    .describe('Bytes on its standard output the last time; null where it has not ended.'),
  sha256: z
    .string()
    .nullable()
    .describe('Of that standard output; null where it is kept out of the log.'),
});
export type CommandRun = Readonly<z.output<typeof commandRunSchema>>;

/** What the log of a run proves: its commands, with exit codes, times, and the end of their output. */
export const evidenceSchema = z.strictObject({
  commands: z.array(commandRunSchema).describe('Equal commands of one step are one entry.'),
  commandsLeftOut: z.int().describe('Different commands beyond those that are listed.'),
});
export type Evidence = z.output<typeof evidenceSchema>;
