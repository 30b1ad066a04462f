import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect } from '@jest/globals';
import * as schemas from '../../../client/schemas.js';
import { noteOpen } from '../../../client/state/open.js';
import { Bench, cliPath, finished, succeeded, until, withServer } from './cli.js';
import { writeRunbooks } from './runbooks.js';

const test = withServer();
const slow = 240_000;
let bench: Bench;

beforeAll(() => {
  bench = new Bench();
  writeRunbooks(bench);
});
afterAll(() => bench.close(), slow);
afterEach(() => {
  for (const name of ['worked', 'slow.txt', 'rounds']) rmSync(bench.path(name), { force: true });
});

async function pids(): Promise<{ server: number; worker: number }> {
  const { server, worker } = schemas.devStatusSchema.parse(await bench.json(0, 'dev'));
  return { server: server?.pid ?? 0, worker: worker?.pid ?? 0 };
}
const rounds = (): number => (bench.read('rounds') ?? '').split('\n').filter(Boolean).length;

describe('something dies in mid-run', () => {
  test(
    'the worker: it is started again while one watches, and the run goes on',
    async () => {
      await bench.expect(0, 'dev', 'start');
      const { worker } = await pids();
      const watcher = bench.spawn(['start', 'slow', '--id', 's-worker']);
      const ended = finished(watcher);
      await until('it works', () => rounds() > 0);
      process.kill(worker, 'SIGKILL');
      succeeded(await ended);
      expect(bench.read('slow.txt')).toBe('done');
      expect((await pids()).worker).not.toBe(worker);
    },
    slow,
  );

  test(
    'server and worker: the next look brings both back, on the same database',
    async () => {
      await bench.expect(0, 'start', 'slow', '--id', 's-both', '--detach');
      await until('it works', () => rounds() > 0);
      const { server, worker } = await pids();
      process.kill(server, 'SIGKILL');
      process.kill(worker, 'SIGKILL');
      succeeded(await bench.run('watch', 's-both'));
      const runs = schemas.runsSchema.parse(await bench.json(0, 'runs'));
      expect(runs.map(({ run }) => run)).toEqual(expect.arrayContaining(['s-both', 's-worker']));
    },
    slow,
  );

  test(
    'the server while one watches: it is brought back',
    async () => {
      await bench.expect(0, 'dev', 'start');
      const { server } = await pids();
      const watcher = finished(bench.spawn(['start', 'slow', '--id', 's-server']));
      await until('it works', () => rounds() > 0);
      process.kill(server, 'SIGKILL');
      succeeded(await watcher);
    },
    slow,
  );
});

describe('what must not happen twice, and whose worker dies', () => {
  const letters = (): number[] =>
    (bench.read('letters') ?? '').split('\n').filter(Boolean).map(Number);
  /** Starts it, and kills the worker in the midst of it. */
  async function sent(id: string): Promise<number> {
    for (const name of ['letters', 'let-go', 'arrived']) rmSync(bench.path(name), { force: true });
    await bench.expect(0, 'dev', 'start');
    await bench.expect(0, 'start', 'posts', '--id', id, '--detach');
    await until('it is on its way', () => letters().length > 0);
    process.kill((await pids()).worker, 'SIGKILL');
    return letters()[0] ?? 0;
  }

  test(
    'goes on, and is waited for: it is done once, and the run succeeds',
    async () => {
      await sent('p-waits');
      const watcher = finished(bench.spawn(['watch', 'p-waits']));
      await until('the next attempt has found it', async () =>
        (await bench.run('status', 'p-waits')).stdout.includes('still runs, as process'),
      );
      writeFileSync(bench.path('let-go'), '');
      succeeded(await watcher);
      expect(letters()).toHaveLength(1);
      expect(await bench.expect(0, 'logs', 'p-waits')).toMatch(
        /of an earlier attempt: its command \S+ ended with exit 0 .*it had printed:[^]*on its way/,
      );
    },
    slow,
  );

  test(
    'and is killed as well, parks in doubt with what is known; a person says that it had happened',
    async () => {
      const pid = await sent('p-doubt');
      // The shell of the wrapper goes first: it would tell how it ended.
      const parent = (of: number): number =>
        Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(of)]).toString());
      const timeout = parent(pid);
      for (const one of [parent(timeout), timeout, pid]) process.kill(one, 'SIGKILL');
      const { code, stdout } = await bench.run('watch', 'p-doubt');
      expect(code).toBe(3);
      expect(stdout.replace(/\s+/g, ' ')).toMatch(
        /its command \S+ is gone, and nobody learnt how it ended: on its way/,
      );
      expect(stdout).toContain('runbook confirm p-doubt');
      const confirm = ['confirm', 'p-doubt', 'letter', '--reason', 'it came by another way'];
      expect((await bench.run(...confirm)).stderr).toContain('the check does not agree');
      await bench.expect(0, ...confirm, '--force');
      expect((await bench.run('watch', 'p-doubt')).code).toBe(0);
      expect(letters()).toHaveLength(1);
    },
    slow,
  );
});

describe('a server that was stopped on purpose', () => {
  test(
    'is not started by looking: the watcher says so and ends with 69; the run goes on later',
    async () => {
      await bench.expect(0, 'dev', 'start');
      const watcher = finished(
        bench.spawn(['start', 'slow', '--id', 's-stop'], { RUNBOOK_PATIENCE: '4' }),
      );
      await until('it works', () => rounds() > 0);
      await bench.expect(0, 'dev', 'stop');
      const { code, stdout, stderr } = await watcher;
      expect(stdout).toContain('the server was stopped; still trying');
      expect(stderr).toContain('runbook dev start');
      expect(code).toBe(69);
      expect((await bench.run('watch', 's-stop')).code).toBe(0);
      expect(bench.read('slow.txt')).toBe('done');
    },
    slow,
  );

  test(
    'dev stop with nothing running',
    async () => {
      await bench.expect(0, 'dev', 'stop');
      expect(await bench.expect(0, 'dev', 'stop')).toContain('Nothing was running');
    },
    slow,
  );
});

describe('Ctrl-C', () => {
  test(
    'leaves the view, never the run',
    async () => {
      const watcher = bench.spawn(['start', 'slow', '--id', 's-left']);
      const ended = finished(watcher);
      await until('it works', () => rounds() > 0);
      watcher.kill('SIGINT');
      const { code, stderr } = await ended;
      expect(code).toBe(130);
      expect(stderr).toContain('the run goes on. Come back with: runbook watch s-left');
      expect((await bench.run('watch', 's-left')).code).toBe(0);
    },
    slow,
  );
});

describe('one server', () => {
  test(
    'for two command lines that start at once',
    async () => {
      await bench.expect(0, 'dev', 'stop');
      const both = await Promise.all([
        bench.json(0, 'dev', 'start'),
        bench.json(0, 'dev', 'start'),
      ]);
      const [a, b] = both.map((json) => schemas.devStatusSchema.parse(json));
      expect(a?.server).not.toBeNull();
      expect(a).toEqual(b);
    },
    slow,
  );

  test(
    'each with its own state folder, side by side',
    async () => {
      const other = new Bench();
      try {
        writeRunbooks(other);
        expect((await other.run('start', 'quick')).code).toBe(0);
        const [mine, its] = [await bench.json(0, 'dev'), await other.json(0, 'dev')].map((json) =>
          schemas.devStatusSchema.parse(json),
        );
        expect(its?.server?.address).not.toBe(mine?.server?.address);
        const runs = schemas.runsSchema.parse(await other.json(0, 'runs'));
        expect(runs).toHaveLength(1);
      } finally {
        await other.close();
      }
    },
    slow,
  );

  test(
    'a database is not left behind while runs are open in it',
    async () => {
      const old = new Bench();
      try {
        const startedAt = '2026-01-01T00:00:00.000Z';
        noteOpen(old.state, { run: 'r-old', runbook: 'x', startedAt, server: '1.0.0' });
        writeFileSync(join(old.state, 'temporal-1.0.0.db'), '');
        const refused = await old.run('runs');
        expect(refused.code).toBe(69);
        expect(refused.stderr).toContain('1 run is open on server 1.0.0 (r-old)');
        expect(refused.stderr).toContain('--abandon-runs');
        await old.expect(0, 'dev', 'start', '--abandon-runs');
        await old.expect(0, 'runs');
      } finally {
        await old.close();
      }
    },
    slow,
  );

  test(
    'a port that is set and taken is an error that says so',
    async () => {
      const other = new Bench();
      const taken = createServer();
      try {
        const port = await new Promise<number>((resolve) => {
          taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port));
        });
        const result = await other.runWith({ RUNBOOK_TEMPORAL_PORT: String(port) }, 'runs');
        expect(result.code).toBe(69);
        expect(result.stderr).toContain(`the ports for the server are taken: ${port}`);
      } finally {
        taken.close();
        await other.close();
      }
    },
    slow,
  );

  test(
    'a server that is named and does not answer',
    async () => {
      const result = await bench.runWith({ TEMPORAL_ADDRESS: '127.0.0.1:1' }, 'runs');
      expect(result.code).toBe(69);
      expect(result.stderr).toContain('the Temporal server at 127.0.0.1:1 does not answer');
    },
    slow,
  );

  test(
    'a program that is named and is none',
    async () => {
      const other = new Bench();
      try {
        const result = await other.runWith({ RUNBOOK_TEMPORAL_CLI: '/nowhere/temporal' }, 'runs');
        expect(result.code).toBe(69);
        expect(result.stderr).toContain('there is no program /nowhere/temporal');
      } finally {
        await other.close();
      }
    },
    slow,
  );
});

describe('the worker', () => {
  test(
    'is started anew when what it has loaded has changed',
    async () => {
      await bench.expect(0, 'dev', 'start');
      const { worker } = await pids();
      bench.write('runbook.yaml', 'apiVersion: runbook/v1\nname: bench\nknownHosts: other_hosts\n');
      await bench.expect(0, 'dev', 'start');
      expect((await pids()).worker).not.toBe(worker);
      // The inventory is none of that: each run brings its own.
      const now = (await pids()).worker;
      bench.write('inventory.yaml', 'hosts: { web-1: {} }\n');
      await bench.expect(0, 'dev', 'start');
      expect((await pids()).worker).toBe(now);
    },
    slow,
  );
});

describe('a reader that goes away', () => {
  test(
    'ends the program without a word',
    async () => {
      const script = `"$1" "$2" logs s-left --full | head -n 1; echo "\${PIPESTATUS[0]}"`;
      const text = execFileSync('bash', ['-c', `${script} 2>&1`, 'sh', process.execPath, cliPath], {
        cwd: bench.folder,
        env: bench.env,
        encoding: 'utf8',
      });
      const lines = text.trim().split('\n');
      expect(lines).toHaveLength(2);
      expect(lines[1]).toBe('0');
    },
    slow,
  );
});
