import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { excerpt } from '../../core/excerpt.js';
import { belongs, parseLogLine, visibleText, type LogEntry } from '../../core/run/log.js';
import { codeOf } from '../thrown.js';
import { logFolder } from './store.js';

/** How much of the end of each file is looked at: a step that waits has been the last to write, or nearly. */
const windowBytes = 2 * 1024 * 1024;
/** The longest line that is given, bytes. */
const longestLine = 500;

/** The entries of the end of a file, oldest first. */
async function endOf(path: string): Promise<LogEntry[]> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, windowBytes);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    // The first line may be the end of one: then it holds no entry.
    return buffer
      .toString('utf8')
      .split('\n')
      .map(parseLogLine)
      .filter((entry) => entry !== null);
  } finally {
    await handle.close();
  }
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith('.ndjson')).map((name) => join(folder, name));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function isOutput(entry: LogEntry): entry is Extract<LogEntry, { kind: 'stdout' | 'stderr' }> {
  return entry.kind === 'stdout' || entry.kind === 'stderr';
}

/** Output comes in pieces that may end anywhere: those of one stream that follow each other are one text. */
function joined(entries: readonly LogEntry[]): LogEntry[] {
  const whole: LogEntry[] = [];
  for (const entry of entries) {
    const last = whole.at(-1);
    if (
      last !== undefined &&
      isOutput(entry) &&
      isOutput(last) &&
      last.kind === entry.kind &&
      last.of === entry.of &&
      last.text !== undefined &&
      entry.text !== undefined
    ) {
      whole[whole.length - 1] = { ...last, text: last.text + entry.text };
    } else {
      whole.push(entry);
    }
  }
  return whole;
}

/** An entry as plain lines; how a command ended is said only where it did not end well. */
function linesOf(entry: LogEntry): string[] {
  switch (entry.kind) {
    case 'command': {
      // Scripts that actions bring along would push everything else out.
      const [first = '', ...more] = (entry.brief ?? entry.text).split('\n');
      return [`$ ${first}${more.length === 0 ? '' : ' …'}`];
    }
    case 'stdout':
    case 'stderr': {
      const { text, base64 = '' } = entry;
      if (text === undefined)
        return [`${Buffer.from(base64, 'base64').length} bytes that are no text`];
      return text.replace(/\n$/, '').split('\n');
    }
    case 'exit': {
      const { code } = entry.exit;
      return code === 0 ? [] : [code === null ? 'no exit code' : `exit ${code}`];
    }
    case 'note':
      return entry.text.split('\n');
    default: {
      const never: never = entry;
      return never;
    }
  }
}

/**
 * The last lines of the log of a step, its targets and what it holds, as this worker has them: without
 * secrets, since they never enter the log, and safe to show on a terminal.
 */
export async function lastLines(
  dir: string,
  run: string,
  step: string,
  count: number,
): Promise<string[]> {
  const files = await filesOf(logFolder(dir, run));
  const entries = (await Promise.all(files.map(endOf)))
    .flat()
    .filter((entry) => belongs(entry, step))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return joined(entries)
    .flatMap(linesOf)
    .slice(-count)
    .map((line) => excerpt(visibleText(line), longestLine));
}
