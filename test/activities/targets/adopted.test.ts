import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import type { Leftover, Once } from '../../../activities/targets/operation.js';
import type { Inventory } from '../../../core/definition/inventory.js';
import { openBoth, places, type BothPlaces } from './both-places.js';
import { newRun, type Desk, type Wish } from './desk.js';
import { alive, until } from './processes.js';
import { startWorker, type Job } from './worker-process.js';

// Workers are started from sources: on a busy machine that takes its time.
jest.setTimeout(120_000);

let both: BothPlaces;
let desk: Desk;
let inventory: Inventory;

beforeAll(async () => {
  both = await openBoth();
  ({ desk, inventory } = both);
});
afterAll(async () => {
  await both.close();
});

/** Says its pid, goes on when something is in the file `$1.go`, prints, and ends with the code in it. */
const script = `echo $$ >>"$1"; while [ ! -s "$1.go" ]; do echo waiting; sleep 0.1; done
echo went on; echo and told >&2; exit "$(cat "$1.go")"`;

/** What is told to somebody whose effect must not happen twice. */
class Told implements Once {
  readonly waited: Leftover[] = [];
  readonly left: Leftover[] = [];
  forAnother = false;
  commands = 0;
  changes = 0;
  asked(): void {
    this.commands += 1;
  }
  begun(): void {
    this.changes += 1;
  }
  waits(left: Leftover): void {
    this.waited.push(left);
  }
  found(left: Leftover): void {
    this.left.push(left);
  }
  leaves(): boolean {
    return this.forAnother;
  }
}

function jobOf(target: string, run: string): Job {
  return {
    stateDir: desk.folder,
    knownHosts: join(desk.folder, 'known_hosts'),
    inventory,
    target,
    run,
    step: 'change',
    verb: 'apply',
    attempt: 1,
    fence: 1,
    once: true,
    command: ['sh', '-c', script, 'x', join(desk.folder, run)],
    timeout: '200s',
  };
}

async function pidOf(run: string): Promise<number> {
  let pid = 0;
  await until(async () => {
    const text = await readFile(join(desk.folder, run), 'utf8').catch(() => '');
    pid = Number(text.trim());
    return pid > 0;
  }, 60_000);
  return pid;
}

const letGo = (run: string, code: number): Promise<void> =>
  writeFile(join(desk.folder, `${run}.go`), String(code));

async function filesOf(run: string): Promise<string[]> {
  return await readdir(join('/run/runbook/ops', run)).catch(() => []);
}

/** The next attempt, which looks first. */
async function next(target: string, run: string, wish: Wish = {}): Promise<Told> {
  const told = new Told();
  const asked = { run, step: 'change', verb: 'check', attempt: 2, fence: 2, once: told, ...wish };
  await desk.open(target, inventory, asked as Wish).run('true', []);
  return told;
}

describe.each(places)('on $place, what must not happen twice', ({ target, can }) => {
  can('goes on when its worker is gone, and the next attempt waits for its end', async () => {
    const run = newRun();
    const worker = startWorker(jobOf(target, run));
    const pid = await pidOf(run);
    await worker.kill();
    // It prints all the time, to nobody.
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(alive(pid)).toBe(true);
    const told = new Told();
    const wish = { run, step: 'change', verb: 'check', attempt: 2, fence: 2, once: told } as const;
    const looking = desk.open(target, inventory, wish).run('true', []);
    await until(() => told.waited.length > 0, 30_000);
    expect(told.waited[0]).toMatchObject({ target, state: 'running' });
    expect(told.left).toEqual([]);
    await letGo(run, 0);
    await looking;
    expect(told.left).toMatchObject([{ target, state: 'ended', code: 0, pid: null }]);
    expect(told.left[0]?.printed).toMatch(/^waiting\n(?:waiting\n)+went on\nand told$/);
    expect((await readFile(join(desk.folder, run), 'utf8')).trim()).toBe(String(pid));
    const notes = (await desk.notes(run)).join('\n');
    expect(notes).toMatch(
      /of an earlier attempt: its command 1\.[0-9a-f]{12} ended with exit 0 \(see \S+\/ops\/\S+\); it had printed:/,
    );
    expect(notes).toContain('went on');
    expect((await filesOf(run)).filter((name) => /\.(?:run|pipe\d)\./.test(name))).toEqual([]);
  });

  can('and had ended before anybody looked, is known by its exit code', async () => {
    const run = newRun();
    const worker = startWorker(jobOf(target, run));
    const pid = await pidOf(run);
    await worker.kill();
    await letGo(run, 3);
    await until(() => !alive(pid), 30_000);
    const { waited, left } = await next(target, run);
    expect(waited).toEqual([]);
    expect(left).toMatchObject([{ state: 'ended', code: 3 }]);
  });

  can('and was killed with its worker, is gone', async () => {
    const run = newRun();
    const worker = startWorker(jobOf(target, run));
    const pid = await pidOf(run);
    await worker.kill();
    const [record = ''] = (await filesOf(run)).filter((name) => name.includes('.run.'));
    const path = join('/run/runbook/ops', run, record);
    // The shell around it goes first: it would tell how it ended.
    const [timeout = ''] = (await readFile(path, 'utf8')).split(' ');
    const status = await readFile(`/proc/${timeout}/status`, 'utf8');
    process.kill(Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]), 'SIGKILL');
    process.kill(Number(timeout), 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    const { left } = await next(target, run);
    expect(left).toMatchObject([{ state: 'gone', code: null, pid: null }]);
    expect(left[0]?.printed).toMatch(/^waiting/);
  });

  can('streams, tells its exit code, and is not what another attempt is told of', async () => {
    const run = newRun();
    const told = new Told();
    const wish = { run, step: 'change', verb: 'apply', once: told } as const;
    const flood =
      'i=0; while [ $i -lt 40000 ]; do echo "line $i of a flood, and so on, and on"; i=$((i+1)); done; echo bad >&2; exit 4';
    const first = desk.open(target, inventory, { ...wish, fence: 1 });
    const { exitCode, stdout, stderr } = await first.run('sh', ['-c', flood], { exits: 'any' });
    expect({ exitCode, stderr }).toEqual({ exitCode: 4, stderr: 'bad\n' });
    expect(stdout.split('\n')).toHaveLength(40_001);
    expect(told).toMatchObject({ commands: 1, changes: 1, left: [] });
    // A person has decided since: it is begun anew.
    await desk.open(target, inventory, { ...wish, fence: 2 }).run('true', []);
    const { left } = await next(target, run, { fence: 3 });
    expect(left).toMatchObject([{ state: 'ended', code: 0, printed: '' }]);
  });

  can('leaves nothing of its output where a secret may be in it', async () => {
    const run = newRun();
    const wish = { run, step: 'change', verb: 'apply', once: new Told(), fence: 1 } as const;
    const open = desk.open(target, inventory, wish);
    await open.run('sh', ['-c', 'echo "$WORD"'], { env: { WORD: 'hush' }, secrets: ['hush'] });
    await open.run('echo', ['quiet'], { log: 'quiet' });
    expect((await filesOf(run)).filter((name) => /\.(?:out|err)\./.test(name))).toEqual([]);
    const { left } = await next(target, run);
    expect(left).toMatchObject([{ code: 0 }, { code: 0 }]);
  });

  can('is left to the next attempt by a worker that ends, and stopped for a person', async () => {
    for (const forAnother of [true, false]) {
      const run = newRun();
      const told = new Told();
      told.forAnother = forAnother;
      const person = new AbortController();
      const { command } = jobOf(target, run);
      const wish = { run, step: 'change', verb: 'apply', fence: 1, once: told } as const;
      const [program, ...args] = command;
      const open = desk.open(target, inventory, { ...wish, signal: person.signal });
      const work = open.run(program, args, { timeout: '200s' });
      const pid = await pidOf(run);
      person.abort(new Error('that was all'));
      await expect(work).rejects.toThrow('that was all');
      expect(alive(pid)).toBe(forAnother);
      // So is what another attempt was waiting for.
      const next = new Told();
      const other = new AbortController();
      const later = { ...wish, verb: 'check', attempt: 2, fence: 2, once: next } as const;
      const looking = desk.open(target, inventory, { ...later, signal: other.signal });
      const looked = looking.run('true', []);
      if (!forAnother) {
        await looked;
        continue;
      }
      await until(() => next.waited.length > 0, 30_000);
      other.abort(new Error('and that'));
      await expect(looked).rejects.toThrow('and that');
      expect(alive(pid)).toBe(false);
    }
  });

  can('is stopped when the step is begun anew, or put back', async () => {
    for (const verb of ['apply', 'undo'] as const) {
      const run = newRun();
      const worker = startWorker(jobOf(target, run));
      const pid = await pidOf(run);
      await worker.kill();
      const wish = { run, step: 'change', verb, fence: 2 };
      await desk.open(target, inventory, wish).run('true', []);
      expect(alive(pid)).toBe(false);
    }
  });
});
