import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';

function firstLine(program: string, args: readonly string[]): string | null {
  try {
    const text = execFileSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return text.trim().split('\n')[0] ?? null;
  } catch {
    // Not there: then it has no version either.
    return null;
  }
}

/** Facts without which a number says little. */
export interface Machine {
  readonly date: string;
  readonly processors: string;
  readonly memoryGiB: number;
  /** Load of the last minute. */
  readonly load: number;
  readonly kernel: string;
  readonly node: string;
  readonly ansible: string | null;
}

/** This machine, now. */
export function machine(): Machine {
  const all = cpus();
  return {
    date: new Date().toISOString().slice(0, 16),
    processors: `${all.length} x ${all[0]?.model.trim() ?? 'unknown'}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    kernel: release(),
    node: process.version,
    ansible: firstLine('ansible', ['--version']),
  };
}

/** The facts in one line. */
export function machineText(facts: Machine): string {
  const { date, processors, memoryGiB, load, kernel, node, ansible } = facts;
  return [
    `${date} UTC`,
    processors,
    `${memoryGiB} GiB`,
    `load ${load}`,
    `Linux ${kernel}`,
    `Node ${node}`,
    ansible ?? 'no Ansible',
  ].join(' · ');
}
