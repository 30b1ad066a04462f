import { closeSync, openSync, readSync, fstatSync } from 'node:fs';
import { parseLogLine, type LogEntry } from '../../core/run/log.js';
import { shortCommand } from '../view/command-text.js';
import type { Tail } from '../view/run.js';
import { logFiles } from './log-files.js';

/** Reads the end of a run's log while it grows. */
export interface TailReader {
  /** The last lines of a step; null where it has printed nothing. */
  of(step: string): Tail | null;
}

const shownLines = 4;
/** The most that one look reads of a file, bytes: what a tool prints faster than that is skipped. */
const window = 128 * 1024;

/** Text of an entry as lines for a small view. */
export function tailText(entry: LogEntry): string[] {
  switch (entry.kind) {
    case 'command':
      return [`$ ${shortCommand(entry.brief ?? entry.text).split('\n')[0] ?? ''}`];
    case 'stdout':
    case 'stderr':
      return entry.text === undefined
        ? []
        : entry.text.split('\n').filter((text) => text.trim() !== '');
    case 'exit':
      return entry.exit.code === 0 ? [] : [`exit ${entry.exit.code ?? 'unknown'}`];
    case 'note':
      return [entry.text];
    default: {
      const never: never = entry;
      return never;
    }
  }
}

/** The end of a run's log on this machine; nothing where its workers run elsewhere. */
export function openTail(state: string, run: string): TailReader {
  const offsets = new Map<string, number>();
  const last = new Map<string, string[]>();
  const take = (entry: LogEntry): void => {
    const lines = tailText(entry).slice(-shownLines);
    // A new command begins a new picture.
    const before = entry.kind === 'command' ? [] : (last.get(entry.step) ?? []);
    last.set(entry.step, [...before, ...lines].slice(-shownLines));
  };
  const readMore = (path: string): void => {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const from = Math.max(offsets.get(path) ?? 0, size - window);
      const buffer = Buffer.alloc(size - from);
      const bytes = readSync(file, buffer, 0, buffer.length, from);
      const end = buffer.subarray(0, bytes).lastIndexOf(0x0a) + 1;
      offsets.set(path, from + end);
      for (const text of buffer.subarray(0, end).toString('utf8').split('\n')) {
        const entry = parseLogLine(text);
        if (entry !== null) take(entry);
      }
    } finally {
      closeSync(file);
    }
  };
  return {
    of(step) {
      for (const path of logFiles(state, run)) readMore(path);
      const lines = last.get(step);
      return lines === undefined || lines.length === 0 ? null : { step, lines };
    },
  };
}
