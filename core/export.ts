import { z } from 'zod';
import { evidenceSchema } from './evidence.js';
import type { Json } from './json.js';
import { runRecordSchema } from './record.js';
import { hasEnded } from './run/outcome.js';

/** Version of the file that `runbook export` writes; a newer one is not read by guesswork. */
export const exportVersion = 1;

const json: z.ZodType<Json> = z.json() as z.ZodType as z.ZodType<Json>;
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);

/** A part of a run's id. Ids of runs inside of runs have several, between slashes. */
const idPart = /^[A-Za-z0-9[][A-Za-z0-9._[\]:@-]*$/;

/** True for an id that can become the name of a file, and a word of a command line. */
export function isRunId(id: string): boolean {
  return id.length <= 200 && id !== 'latest' && id.split('/').every((part) => idPart.test(part));
}

/** One log file of a run. A log of no use to anybody is still named, with what it was. */
export const exportedLogSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9_%-][A-Za-z0-9._%-]{0,199}\.ndjson$/)
      .describe('Name of the file in the folder of the run’s logs.'),
    bytes: count,
    sha256,
    text: z.string().optional().describe('The file, where it is UTF-8.'),
    base64: z.base64().optional().describe('The file, where it is not.'),
  })
  .refine(({ text, base64 }) => text === undefined || base64 === undefined, {
    message: 'one of text and base64, not both',
  })
  .describe('Without text and base64: too large to come along.');
export type ExportedLog = z.output<typeof exportedLogSchema>;

export const exportContentSchema = z.strictObject({
  record: runRecordSchema
    .refine(({ run }) => isRunId(run), { path: ['run'], message: 'is no id of a run' })
    .refine(({ state, endedAt }) => hasEnded(state) && endedAt !== null, {
      path: ['state'],
      message: 'the run has not ended',
    }),
  definition: z
    .record(z.string(), json)
    .nullable()
    .describe('The runbook as it was run; null where nobody had it any more.'),
  evidence: evidenceSchema.describe('The commands, as in `report --json`.'),
  logs: z
    .array(exportedLogSchema)
    .refine((logs) => new Set(logs.map(({ name }) => name)).size === logs.length, {
      message: 'a name is there twice',
    }),
});
export type ExportContent = z.output<typeof exportContentSchema>;

/** A run that has ended, as one file: what `runbook export` writes and `runbook import` reads. */
export const runExportSchema = z.strictObject({
  format: z.literal('runbook-export'),
  version: z.literal(exportVersion),
  sha256: sha256.describe(
    'Of the content as JSON with sorted keys and no spaces. It finds damage; it is no signature.',
  ),
  content: exportContentSchema,
});
export type RunExport = z.output<typeof runExportSchema>;
