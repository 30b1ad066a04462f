import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLog, type LogPosition } from '../../activities/log/read.js';
import { createLogStore, logFolder } from '../../activities/log/store.js';
import { unicode } from '../../client/view/glyphs.js';
import { textOf } from '../../client/view/line.js';
import { logLines } from '../../client/view/log.js';
import { systemClock } from '../../client/view/time.js';
import type { LogEntry } from '../../core/run/log.js';
import type { Dice } from './dice.js';
import { chunksOf, rawBytes, unseen } from './raw-bytes.js';

const run = 'raw';

/** The bytes that entries hold of one stream. */
export function bytesOf(entries: readonly LogEntry[], kind: 'stdout' | 'stderr'): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      if (entry.kind !== kind) return [];
      return [
        entry.text === undefined
          ? Buffer.from(entry.base64 ?? '', 'base64')
          : Buffer.from(entry.text),
      ];
    }),
  );
}

async function entriesOf(dir: string): Promise<readonly LogEntry[]> {
  const entries: LogEntry[] = [];
  for (let after: LogPosition = {}; ;) {
    const page = await readLog(dir, run, { after });
    if (page.problems.length > 0) throw new Error('a line of the log is none');
    entries.push(...page.entries);
    after = page.position;
    if (page.end) return entries;
  }
}

/** A line of a log file that is no JSON of its own, or of another entry than was written. */
function brokenLines(dir: string, entries: number): string[] {
  const [file = ''] = readdirSync(logFolder(dir, run));
  const lines = readFileSync(join(logFolder(dir, run), file), 'utf8')
    .trimEnd()
    .split('\n');
  for (const line of lines) JSON.parse(line);
  return lines.length === entries ? [] : [`${lines.length} lines for ${entries} entries`];
}

/**
 * F16: hostile output by seed, each in the log of a command of its own, in chunks that end anywhere. What is kept is
 * what was printed; what is shown cannot move a cursor, and has each line behind the name of its step.
 */
export async function fuzzOutput(dice: Dice, count: number): Promise<string[]> {
  const faults: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const dir = mkdtempSync(join(tmpdir(), 'rb-raw-'));
    const store = createLogStore({ dir });
    try {
      const log = store.step({ run, step: 'noisy', verb: 'apply', attempt: 1 });
      const start = { target: 'local', line: 'true', redactor: log.redactor([]) };
      const command = await log.command(start);
      const streams = { stdout: rawBytes(dice, 12), stderr: rawBytes(dice, 6) };
      for (const kind of ['stdout', 'stderr'] as const)
        for (const chunk of chunksOf(dice, streams[kind])) await command[kind](chunk);
      await command.end({ code: 0, durationMs: 1 });
      const entries = await entriesOf(dir);
      const fault = (what: string): number =>
        faults.push(`${what}: ${streams.stdout.toString('latin1').slice(0, 300)}`);
      for (const kind of ['stdout', 'stderr'] as const)
        if (!bytesOf(entries, kind).equals(streams[kind])) fault(`${kind} is kept otherwise`);
      for (const what of brokenLines(dir, entries.length)) fault(what);
      const screen = { glyphs: unicode, clock: systemClock(), full: true, single: false };
      for (const line of entries.flatMap((entry) => logLines(entry, screen)).map(textOf))
        if (unseen.test(line) || line.includes('\n') || !line.includes(' noisy '))
          fault(`shown as ${JSON.stringify(line.slice(0, 100))}`);
    } finally {
      await store.close();
      rmSync(dir, { recursive: true });
    }
  }
  return faults;
}
