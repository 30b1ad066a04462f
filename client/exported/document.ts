import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { z } from 'zod';
import { PermanentError } from '../../core/errors.js';
import {
  exportContentSchema,
  exportVersion,
  runExportSchema,
  type ExportContent,
  type RunExport,
} from '../../core/export.js';
import { canonical, isObject } from '../../core/json.js';
import { definitionHash } from '../server/request.js';
import { sha256Of } from './log.js';

/** The largest document that is read, bytes, packed or not: it is in memory as a whole. */
export const maxBytes = 192 * 1024 * 1024;

/** A file that is not taken in. */
export function refused(why: string, hint?: string, cause?: unknown): PermanentError {
  return new PermanentError('import-refused', why, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}

function hashOf(content: unknown): string {
  return createHash('sha256').update(canonical(content)).digest('hex');
}

/** The document of a run: equal runs give equal bytes. @throws PermanentError where it could not be imported again. */
export function encode(
  content: ExportContent,
  packed: boolean,
): { readonly bytes: Buffer; readonly sha256: string } {
  const sound = exportContentSchema.safeParse(content);
  if (!sound.success)
    throw new PermanentError('internal', `the run does not fit: ${problems(sound.error)}`);
  const sha256 = hashOf(sound.data);
  const document: RunExport = {
    format: 'runbook-export',
    version: exportVersion,
    sha256,
    // As parsed: its keys then have one order, wherever the run has been before.
    content: sound.data,
  };
  const text = Buffer.from(`${JSON.stringify(document)}\n`);
  return { bytes: packed ? gzipSync(text) : text, sha256 };
}

function problems(error: z.ZodError): string {
  const first = error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  const more = error.issues.length > 3 ? `, and ${error.issues.length - 3} more` : '';
  return first.join('; ') + more;
}

function unpacked(bytes: Buffer, most: number): Buffer {
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!packed) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: most });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw refused(`it unpacks to more than ${most} bytes`, undefined, error);
    throw refused('its gzip is damaged', 'transfer it again', error);
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw refused('it is no JSON: cut off, or not a file of runbook export', undefined, error);
  }
}

/** Whatever is wrong inside although the sum fits: made by hand, not by us. */
function contradiction({ record, definition, logs }: ExportContent): string | null {
  if (definition !== null && definitionHash(definition) !== record.definitionHash)
    return 'the definition is not the one that was run';
  for (const { name, bytes, sha256, text, base64 } of logs) {
    if (text === undefined && base64 === undefined) continue;
    const held = text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text);
    if (held.length !== bytes || sha256Of(held) !== sha256)
      return `the log ${name} is not the one that was written`;
  }
  return null;
}

function checked(value: unknown): RunExport {
  if (!isObject(value) || value['format'] !== 'runbook-export')
    throw refused('it is not a file of runbook export');
  const { version, sha256, content } = value;
  if (typeof version === 'number' && version > exportVersion) {
    throw refused(
      `it has version ${version} of the format; this runbook reads ${exportVersion}`,
      'import it with the runbook that made it, or a newer one',
    );
  }
  if (hashOf(content) !== sha256)
    throw refused('it was altered or damaged: its content has another sha256', 'transfer it again');
  const sound = runExportSchema.safeParse(value);
  if (!sound.success) throw refused(`it does not hold what it should: ${problems(sound.error)}`);
  const wrong = contradiction(sound.data.content);
  if (wrong !== null) throw refused(wrong);
  return sound.data;
}

/** The document in the bytes of a file. @throws PermanentError `import-refused` */
export function decode(bytes: Buffer, most = maxBytes): RunExport {
  if (bytes.length > most) throw refused(`it has more than ${most} bytes`);
  try {
    return checked(parsed(unpacked(bytes, most)));
  } catch (error) {
    // Values nested deeper than the stack is high.
    if (error instanceof RangeError) throw refused('it is nested too deeply', undefined, error);
    throw error;
  }
}
