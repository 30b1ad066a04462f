import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect } from '@jest/globals';
import * as schemas from '../../../client/schemas.js';
import { Bench, until, withServer } from './cli.js';
import { writeRunbooks } from './runbooks.js';

const test = withServer();
const slow = 240_000;
let bench: Bench;

beforeAll(() => {
  bench = new Bench();
  writeRunbooks(bench);
});
afterAll(() => bench.close(), slow);
beforeEach(() => {
  for (const name of ['before.txt', 'after.txt', 'open', 'passed', 'approved.txt', 'paused.txt'])
    rmSync(bench.path(name), { force: true });
});

async function record(run: string): Promise<ReturnType<typeof schemas.statusSchema.parse>> {
  return schemas.statusSchema.parse(JSON.parse((await bench.run('status', run, '--json')).stdout));
}

describe('a step that failed', () => {
  test(
    'parks the run with a menu (exit 3); retry goes on from there',
    async () => {
      const started = await bench.run('start', 'gated', '--id', 'g-retry');
      expect(started.code).toBe(3);
      expect(started.stdout).toContain('gate is parked');
      expect(started.stdout).toContain('runbook retry   g-retry');
      expect((await bench.run('status', 'g-retry')).code).toBe(3);
      writeFileSync(bench.path('open'), '');
      const retried = await bench.run('retry', 'g-retry', '--reason', 'opened it', '--watch');
      expect(retried.code).toBe(0);
      expect(bench.read('after.txt')).toBe('new');
      expect((await record('g-retry')).decisions).toMatchObject([
        { verb: 'retry', step: 'gate', reason: 'opened it', by: expect.stringContaining('ada@') },
      ]);
    },
    slow,
  );

  test(
    'is tried again with another input; an input that does not fit is refused',
    async () => {
      await bench.expect(3, 'start', 'gated', '--id', 'g-input');
      const wrong = await bench.run('retry', 'g-input', '--input', 'aply=[true]');
      expect(wrong.code).toBe(1);
      expect(wrong.stderr).toContain('aply');
      const right = await bench.run(
        'retry',
        'g-input',
        '--input',
        `apply=[touch, ${bench.path('passed')}]`,
        '--watch',
      );
      expect(right.code).toBe(0);
    },
    slow,
  );

  test(
    'is skipped, with a reason',
    async () => {
      await bench.expect(3, 'start', 'gated', '--id', 'g-skip');
      const without = await bench.run('skip', 'g-skip');
      expect(without.code).toBe(64);
      expect(without.stderr).toContain('needs a reason');
      const out = await bench.expect(
        0,
        'skip',
        'g-skip',
        'gate',
        '--reason',
        'not today',
        '--as',
        'bob@desk',
        '--watch',
      );
      expect(out).toContain('gate skipped');
      expect((await record('g-skip')).decisions[0]).toMatchObject({ by: 'bob@desk', verb: 'skip' });
    },
    slow,
  );

  test(
    'is confirmed only where the check agrees, or by force',
    async () => {
      await bench.expect(3, 'start', 'gated', '--id', 'g-confirm');
      const refused = await bench.run('confirm', 'g-confirm', '--reason', 'did it');
      expect(refused.code).toBe(1);
      expect((await bench.run('status', 'g-confirm')).code).toBe(3);
      await bench.expect(0, 'confirm', 'g-confirm', '--reason', 'I insist', '--force', '--watch');
    },
    slow,
  );
});

describe('a run that has ended', () => {
  test(
    'is put back by a run of its own, once',
    async () => {
      writeFileSync(bench.path('before.txt'), 'as it was');
      writeFileSync(bench.path('open'), '');
      await bench.expect(0, 'start', 'gated', '--id', 'g-ended');
      expect((await bench.run('undo', 'g-ended')).code).toBe(64);
      const undone = await bench.run('undo', 'g-ended', '--yes', '--json');
      expect(undone.code).toBe(0);
      expect(undone.stdout).toContain('"run":"g-ended-undo-1"');
      expect(bench.read('before.txt')).toBe('as it was');
      expect(bench.read('after.txt')).toBeNull();
      expect(await record('g-ended-undo-1')).toMatchObject({
        state: 'succeeded',
        undoes: 'g-ended',
        startedBy: expect.stringContaining('ada@'),
      });
      const again = await bench.run('undo', 'g-ended', '--yes');
      expect(again.code).toBe(1);
      expect(again.stdout).toContain('not as the run has left it');
      const nothing = await bench.run('undo', 'g-ended-undo-1', '--yes');
      expect(nothing.stderr).toContain('nothing of what it changed is left');
    },
    slow,
  );
});

describe('undo and cancel', () => {
  test(
    'undo puts back what was found, newest first (exit 4)',
    async () => {
      writeFileSync(bench.path('before.txt'), 'as it was');
      await bench.expect(3, 'start', 'gated', '--id', 'g-undo');
      expect(bench.read('before.txt')).toBe('new');
      const asks = await bench.run('undo', 'g-undo');
      expect(asks.code).toBe(64);
      expect(asks.stderr).toContain('--yes');
      await bench.expect(4, 'undo', 'g-undo', '--yes', '--reason', 'changed my mind', '--watch');
      expect(bench.read('before.txt')).toBe('as it was');
      expect((await bench.run('status', 'g-undo')).code).toBe(4);
      const late = await bench.run('cancel', 'g-undo', '--yes');
      expect(late.code).toBe(1);
      expect(late.stderr).toContain('has ended: undone');
    },
    slow,
  );

  test(
    'undo down to a step leaves the run parked there',
    async () => {
      writeFileSync(bench.path('open'), '');
      await bench.expect(3, 'start', 'asks', '--id', 'a-to');
      const back = await bench.run('undo', 'a-to', '--to', 'before', '--yes', '--watch');
      expect(back.code).toBe(3);
      expect(bench.read('before.txt')).toBeNull();
      await bench.expect(3, 'retry', 'a-to', '--watch');
      expect(bench.read('before.txt')).toBe('new');
      await bench.expect(4, 'cancel', 'a-to', '--yes', '--undo', '--watch');
      expect(bench.read('before.txt')).toBeNull();
    },
    slow,
  );

  test(
    'cancel leaves things as they are, and says so',
    async () => {
      await bench.expect(3, 'start', 'asks', '--id', 'a-cancel');
      const out = await bench.expect(4, 'cancel', 'a-cancel', '--yes', '--watch');
      expect(out).toContain('Left as they are now: before');
      expect(bench.read('before.txt')).toBe('new');
    },
    slow,
  );
});

describe('people', () => {
  test(
    'confirm a step by hand; the step may be left out',
    async () => {
      const out = await bench.expect(3, 'start', 'asks', '--id', 'a-confirm');
      expect(out).toContain('by-hand waits for a person');
      await bench.expect(0, 'confirm', 'a-confirm', '--reason', 'done', '--watch');
    },
    slow,
  );

  test(
    'approve and reject',
    async () => {
      await bench.expect(3, 'start', 'approves', '--id', 'v-yes');
      const wrong = await bench.run('confirm', 'v-yes', '--reason', 'x');
      expect(wrong.code).toBe(1);
      await bench.expect(0, 'approve', 'v-yes', '--watch');
      expect(bench.read('approved.txt')).toBe('new');
      await bench.expect(3, 'start', 'approves', '--id', 'v-no');
      await bench.expect(4, 'reject', 'v-no', '--reason', 'not on a Friday', '--watch');
      expect((await record('v-no')).failure).toMatchObject({ code: 'rejected' });
    },
    slow,
  );

  test(
    'pause and resume, as JSON',
    async () => {
      await bench.expect(0, 'start', 'pauses', '--id', 'p-1', '--detach');
      const paused = await until('pause is taken', async () => {
        const result = await bench.run('pause', 'p-1', '--json');
        return result.code === 0 && result;
      });
      expect(schemas.decidedSchema.parse(JSON.parse(paused.stdout))).toMatchObject({
        run: 'p-1',
        verb: 'pause',
      });
      expect(await bench.run('watch', 'p-1')).toMatchObject({ code: 3 });
      expect(bench.read('paused.txt')).toBeNull();
      const step = await bench.run('retry', 'p-1', 'nostep');
      expect(step.stderr).toContain("no step 'nostep'");
      await bench.expect(0, 'resume', 'p-1', '--watch');
      expect(bench.read('paused.txt')).toBe('x');
    },
    slow,
  );
});

describe('leases', () => {
  test(
    'a person who holds one keeps runs away, until it is given back or the time is up',
    async () => {
      expect((await bench.run('hold', 'host/one', '--for', '2h')).stderr).toContain('a reason');
      const wrong = await bench.run('hold', 'host/one', '--for', 'long', '--reason', 'x');
      expect(wrong).toMatchObject({ code: 64, stdout: '' });
      const taken = ['hold', 'host/one', '--for', '2h', '--reason', 'new disk'];
      const { holder } = schemas.holdSchema.parse(await bench.json(0, ...taken));
      expect(holder).toMatchObject({
        user: expect.stringMatching(/^ada@/),
        purpose: 'new disk',
        mode: 'exclusive',
      });
      expect(await bench.expect(0, 'leases')).toMatch(/host\/one +a person +\S+ .*new disk, until/);
      const refused = await bench.run('start', 'holds', '--id', 'o-1');
      expect(refused.code).toBe(5);
      expect(refused.stdout).toContain('host/one is held by ada@');
      expect(refused.stdout).toContain('new disk');
      await bench.expect(0, 'start', 'holds', '--id', 'o-2', '--wait', '--detach');
      await until('it queues', async () => (await bench.expect(0, 'leases')).includes('o-2'));
      expect(await bench.expect(0, 'hold', 'host/one', '--end')).toContain('Gave host/one back.');
      expect((await bench.run('watch', 'o-2')).code).toBe(3);
      expect((await bench.run('hold', 'host/one', '--end')).code).toBe(1);
      const late = await bench.run('hold', 'host/one', '--for', '1h', '--reason', 'late');
      expect(late.code).toBe(5);
      expect(late.stderr).toContain('held by run o-2');
      await bench.expect(0, 'confirm', 'o-2', '--reason', 'done', '--watch');
      await bench.expect(0, 'hold', 'host/one', '--for', '2s', '--reason', 'a moment');
      await until('the time is up', async () =>
        (await bench.expect(0, 'leases')).includes('Nobody'),
      );
    },
    slow,
  );

  test(
    'a lease that is held ends a start with 5; --wait queues',
    async () => {
      await bench.expect(3, 'start', 'holds', '--id', 'h-1');
      const leases = schemas.leasesSchema.parse(await bench.json(0, 'leases'));
      expect(leases).toMatchObject([
        { resource: 'host/one', holders: [{ run: 'h-1' }], queue: [] },
      ]);
      const second = await bench.run('start', 'holds', '--id', 'h-2');
      expect(second.code).toBe(5);
      expect(second.stdout).toContain('host/one is held by run h-1');
      await bench.expect(0, 'start', 'holds', '--id', 'h-3', '--wait', '--detach');
      await until('it queues', async () => (await bench.expect(0, 'leases')).includes('h-3'));
      expect((await bench.run('status', 'h-3')).stdout).toContain('waits for host/one');
      await bench.expect(0, 'confirm', 'h-1', '--reason', 'done', '--watch');
      expect((await bench.run('watch', 'h-3')).code).toBe(3);
      await bench.expect(0, 'confirm', 'h-3', '--reason', 'done', '--watch');
      await until('nobody holds it', async () =>
        (await bench.expect(0, 'leases')).includes('Nobody'),
      );
    },
    slow,
  );

  test(
    'one that is broken pauses its run, which takes it again before it goes on',
    async () => {
      await bench.expect(3, 'start', 'takes', '--id', 'b-1');
      expect((await bench.run('leases', 'break', 'host/two')).code).toBe(64);
      const nobody = await bench.run('leases', 'break', 'host/none', '--reason', 'x');
      expect(nobody).toMatchObject({ code: 1, stdout: '' });
      expect(nobody.stderr).toContain('nobody holds host/none');
      const broken = ['leases', 'break', 'host/two', '--reason', 'it burns'];
      expect(await bench.expect(0, ...broken)).toContain('Took host/two from b-1.');
      await bench.expect(3, 'start', 'takes', '--id', 'b-2');
      await bench.expect(3, 'confirm', 'b-1', '--reason', 'done', '--watch');
      expect(bench.read('taken.txt')).toBeNull();
      // Who resumes it too early is told who has it now.
      const early = await bench.run('resume', 'b-1', '--watch');
      expect(early.code).toBe(1);
      expect(early.stderr).toContain('host/two is held by run b-2');
      expect(await bench.expect(3, 'status', 'b-1')).toContain('it burns');
      await bench.expect(0, 'confirm', 'b-2', '--reason', 'done', '--watch');
      await bench.expect(0, 'resume', 'b-1', '--watch');
    },
    slow,
  );

  test(
    'one that is broken while its command is at work is taken again, and the step done under it',
    async () => {
      await bench.expect(0, 'start', 'works', '--id', 'w-1', '--file=one', '--detach');
      await until('it is at work', () => bench.read('one.begun') !== null);
      const broken = await bench.expect(0, 'leases', 'break', 'host/three', '--reason', 'it hangs');
      expect(broken).toContain('Took host/three from w-1.');
      bench.write('two.go', '');
      await bench.expect(0, 'start', 'works', '--id', 'w-2', '--file=two');
      // What it had at work was stopped there, and is not begun again under the old number.
      await bench.expect(3, 'watch', 'w-1');
      const status = await bench.expect(3, 'status', 'w-1');
      expect(status).toContain('another run has had a lease');
      expect(status).toContain('The run is paused as well');
      bench.write('one.go', '');
      await bench.expect(0, 'resume', 'w-1');
      await bench.expect(0, 'retry', 'w-1', '--watch');
      expect(bench.read('one.after')).toBe('x');
    },
    slow,
  );
});
