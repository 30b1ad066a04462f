import { readFileSync } from 'node:fs';
import type { Violation } from './evidence.js';

/** What a worker or a server may hold at most, bytes. */
export const memoryLimit = 300 * 1024 * 1024;

/** The most memory that a process has held so far, bytes, by the text of /proc/<pid>/status; null for a zombie. */
export function peakOf(status: string): number | null {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return kib === undefined ? null : Number(kib) * 1024;
}

/** I8: a process that has held more memory than it may. One that is gone says nothing. */
export function tooLarge(name: string, pid: number): Violation[] {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    // Gone meanwhile.
    return [];
  }
  const peak = peakOf(status);
  if (peak === null || peak <= memoryLimit) return [];
  return [{ invariant: 'I8', what: `${name} has held ${Math.round(peak / 1024 / 1024)} MiB` }];
}
