import { existsSync, readFileSync } from 'node:fs';
import type { ProcessMark } from '../../client/embedded/process.js';
import type { Victim } from './nemesis.js';

/** A SIGKILL that reached a process which ran. */
export interface Kill {
  readonly victim: Victim;
  /** Number and start of the process: no two processes share them. */
  readonly process: string;
  /** When, ms since 1970. */
  readonly at: number;
}

/** The line by which a kill is told, as target.sh does it too. */
export function killLine(victim: Victim, { pid, began }: ProcessMark, at: number): string {
  return `${victim} ${pid}:${began.split(':').at(-1)} ${at}\n`;
}

/** The kills in a file, oldest first, each process once: it may be struck twice before it is gone. */
export function readKills(path: string): readonly Kill[] {
  if (!existsSync(path)) return [];
  const found = new Map<string, Kill>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [, victim, process, at] = /^(worker|server) (\d+:\d+) (\d+)$/.exec(line) ?? [];
    if (process === undefined || found.has(process)) continue;
    found.set(process, { victim: victim as Victim, process, at: Number(at) });
  }
  return [...found.values()];
}
