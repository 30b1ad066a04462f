import { readdirSync, readFileSync } from 'node:fs';

/** A command of a run that is at work, on this machine or in one of the lab's, whose processes are seen from here. */
export interface AtWork {
  readonly pid: string;
  /** Name of the step's operation on its target. */
  readonly operation: string;
  /** Grows with every attempt. */
  readonly fence: number;
}

function read(pid: string, file: 'cmdline' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // Gone meanwhile.
    return '';
  }
}

/** What every command that changes something runs under; see activities/targets/scripts.ts. */
function isCommand(pid: string): boolean {
  return read(pid, 'cmdline').startsWith('timeout\0-k\0');
}

/** Which attempt of a run a wrapper's command line belongs to; null for none of it. */
export function attemptOf(line: string, run: string): Omit<AtWork, 'pid'> | null {
  const words = line.split('\0');
  const at = words.findIndex((word) => word.startsWith(`${run}_`));
  const fence = Number(words[at + 1]);
  return at === -1 || !Number.isInteger(fence) ? null : { operation: words[at] ?? '', fence };
}

/** Command lines of processes that name one of these. */
export function processesNaming(...words: readonly string[]): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && pid !== String(process.pid))
    .map((pid) => read(pid, 'cmdline'))
    .filter((line) => words.some((word) => line.includes(word)))
    .map((line) => line.replaceAll('\0', ' '));
}

/** Commands of a run that change something now. */
export function atWork(run: string): AtWork[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || !isCommand(pid)) return [];
    // The second field may hold anything, and the parent is the second after it.
    const parent =
      read(pid, 'stat')
        .replace(/^.*\) /s, '')
        .split(' ')[1] ?? '';
    const attempt = attemptOf(read(parent, 'cmdline'), run);
    return attempt === null ? [] : [{ pid, ...attempt }];
  });
}

/** I2: operations of which two attempts change something at once. */
export function overlapping(
  found: readonly AtWork[],
  lives: (pid: string) => boolean = isCommand,
): string[] {
  return found.flatMap((older) => {
    const newer = found.find(
      ({ operation, fence }) => operation === older.operation && fence > older.fence,
    );
    // The older may have ended between the two looks.
    if (newer === undefined || !lives(older.pid)) return [];
    return [`${older.operation}: attempt ${older.fence} was at work beside ${newer.fence}`];
  });
}
