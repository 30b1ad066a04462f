import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { root } from './places.js';
import { need } from './processes.js';

/** How a benchmark was asked for. */
export interface Asked {
  readonly name: string;
  readonly rounds: number;
  readonly alone: boolean;
}

/**
 * Runs one benchmark in a network namespace that ends with it. It prints its table itself; answered is
 * what it would write with `--json`.
 */
export async function inOwnNetwork({ name, rounds, alone }: Asked): Promise<unknown> {
  need({ unshare: 'util-linux', ip: 'iproute2' });
  if (userInfo().uid !== 0)
    throw new Error(`${name} needs root, to make a network namespace for itself`);
  const folder = mkdtempSync(join(tmpdir(), 'runbook-bench-'));
  const json = join(folder, 'result.json');
  const main = join(root, 'dist/scripts/bench/main.js');
  const again = [main, name, '--rounds', `${rounds}`, '--json', json, '--inside'];
  const script = 'ip link set lo up && exec "$@"';
  const child = spawn(
    'unshare',
    ['--net', 'sh', '-c', script, 'sh', process.execPath, ...again, ...(alone ? ['--alone'] : [])],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGTERM', pass);
  process.on('SIGINT', pass);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        if (code === 0) resolve();
        else reject(new Error(`${name} did not come to its end`));
      });
    });
    return (JSON.parse(readFileSync(json, 'utf8')) as Record<string, unknown>)[name];
  } finally {
    process.off('SIGTERM', pass);
    process.off('SIGINT', pass);
    rmSync(folder, { recursive: true, force: true });
  }
}
