import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import * as schemas from '../../../client/schemas.js';
import { Bench, until, withServer } from './cli.js';
import { writeRunbooks } from './runbooks.js';

const test = withServer();
const slow = 180_000;
let bench: Bench;

beforeAll(() => {
  bench = new Bench();
  writeRunbooks(bench);
});
afterAll(() => bench.close(), slow);

type Schedule = ReturnType<typeof schemas.scheduleSchema.parse>;
type Firing = Schedule['firings'][number];

/** The newest firing of `nightly`, once there are so many and none goes on. */
function fired(times: number): Promise<Firing> {
  return until(`${times} firings`, async () => {
    const { stdout } = await bench.run('schedule', 'show', 'nightly', '--json');
    const { firings } = schemas.scheduleSchema.parse(JSON.parse(stdout));
    const goes = firings.some(({ outcome }) => outcome === 'running');
    return firings.length >= times && !goes ? firings[0] : null;
  });
}

describe('a schedule', () => {
  test(
    'is made, listed and shown; it has not fired',
    async () => {
      const made = schemas.scheduleSchema.parse(
        await bench.json(
          0,
          'schedule',
          'create',
          'nightly',
          'quick',
          '--text',
          'a b',
          '--every',
          '24h',
        ),
      );
      expect(made).toMatchObject({
        runbook: 'quick',
        inputs: ['--text', "'a b'"],
        timing: '--every 24h',
        paused: false,
        definitionChanged: false,
        firings: [],
      });
      expect(made.next.length).toBeGreaterThan(2);
      const list = await until('the server lists it', async () => {
        const found = schemas.schedulesSchema.parse(await bench.json(0, 'schedule', 'list'));
        return found.length > 0 ? found : null;
      });
      expect(list).toMatchObject([
        { schedule: 'nightly', runbook: 'quick', paused: false, note: null },
      ]);
    },
    slow,
  );

  test(
    'finds drift and changes nothing, and finds that there is none any more',
    async () => {
      schemas.scheduleChangedSchema.parse(await bench.json(0, 'schedule', 'trigger', 'nightly'));
      expect(await fired(1)).toMatchObject({
        outcome: 'drift',
        workflow: expect.stringMatching(/^plan\/schedule\/nightly-/),
        steps: [{ path: 'file', kind: 'change' }],
      });
      expect(bench.read('quick.txt')).toBeNull();
      expect(await bench.expect(2, 'schedule', 'show', 'nightly')).toContain('drift: file');
      const shown = schemas.driftShowSchema.parse(await bench.json(2, 'drift', 'show', 'quick'));
      expect(shown).toMatchObject([
        {
          inputs: { text: 'a b' },
          mend: "runbook start quick --text 'a b'",
          checks: 1,
          last: { schedule: 'nightly', outcome: 'drift' },
          entries: [{ path: 'file', kind: 'change', target: 'local', gone: null, accepted: null }],
        },
      ]);
      writeFileSync(bench.path('quick.txt'), 'a b');
      await bench.expect(0, 'schedule', 'trigger', 'nightly');
      expect(await fired(2)).toMatchObject({ outcome: 'no-drift', steps: [] });
      expect(await bench.expect(0, 'schedule', 'show', 'nightly')).toContain('✓ no drift');
      expect(schemas.runsSchema.parse(await bench.json(0, 'runs'))).toEqual([]);
    },
    slow,
  );

  test(
    'drift that is accepted does not count, until it is another',
    async () => {
      writeFileSync(bench.path('quick.txt'), 'by hand');
      const accept = ['drift', 'accept', 'quick', 'file'];
      const none = await bench.run(...accept, '--until', '7d', '--reason', 'a trial');
      expect(none.stderr).toContain("'file' of quick does not drift, by what is on record");
      await bench.expect(2, 'drift', 'quick', '--text', 'a b', '--record');
      expect(await bench.expect(2, 'drift', 'show', 'quick', '--target', 'local')).toMatch(
        /~ file on local {2}change\n[^]*Gone:\n {2}✓ file on local {2}change/,
      );
      const accepted = schemas.driftAcceptedSchema.parse(
        await bench.json(0, ...accept, '--until', '7d', '--reason', 'a trial'),
      );
      expect(accepted).toMatchObject([{ path: 'file', target: 'local', reason: 'a trial' }]);
      const now = schemas.driftJsonSchema.parse(
        await bench.json(0, 'drift', 'quick', '--text', 'a b'),
      );
      expect(now).toMatchObject({ changes: 1, accepted: [{ path: 'file' }] });
      expect(await bench.expect(0, 'drift', 'show')).toContain(': a trial');
      expect(await bench.expect(0, 'drift', 'accept', '--list')).toContain('a trial');
      // With other inputs it is another thing that drifts.
      await bench.expect(2, 'drift', 'quick', '--text', 'c');
      writeFileSync(bench.path('quick.txt'), 'by another hand');
      const told = await bench.expect(2, 'drift', 'quick', '--text', 'a b');
      expect(told).toContain("To mend it: runbook start quick --text 'a b'");
      await bench.expect(0, ...accept, '--withdraw');
      expect(await bench.expect(0, 'drift', 'accept', '--list')).toContain('No drift is accepted');
      expect((await bench.run(...accept, '--until', '7d')).stderr).toContain('--reason');
      expect((await bench.run('drift', 'quick', 'file')).code).toBe(64);
      expect((await bench.run('drift', 'show', 'none')).stderr).toContain('no check for drift');
    },
    slow,
  );

  test(
    'is paused with a reason, and goes on',
    async () => {
      await bench.expect(0, 'schedule', 'pause', 'nightly', '--reason', 'quiet week');
      const paused = await bench.expect(0, 'schedule', 'show', 'nightly');
      expect(paused).toMatch(/nightly {2}paused {2}paused by ada@\S+: quiet week/);
      await bench.expect(0, 'schedule', 'resume', 'nightly');
      expect(await bench.expect(0, 'schedule', 'show', 'nightly')).toContain('nightly  active');
    },
    slow,
  );

  test(
    'keeps the runbook of the day it was made, until it is renewed',
    async () => {
      const text = bench.read('runbooks/quick.yaml') ?? '';
      bench.write('runbooks/quick.yaml', text.replace('Write a file', 'Write another file'));
      const stale = await bench.expect(0, 'schedule', 'show', 'nightly');
      const [, renew = ''] = /^ {2}runbook (schedule create .*)$/m.exec(stale) ?? [];
      expect(renew).toBe("schedule create nightly quick --text 'a b' --every 24h --replace");
      const words = renew.replace("'a b'", 'a_b').split(' ');
      const text2 = words.map((word) => word.replace('a_b', 'a b'));
      const fresh = schemas.scheduleSchema.parse(await bench.json(0, ...text2));
      expect(fresh.definitionChanged).toBe(false);
      expect(fresh.firings).toHaveLength(2);
    },
    slow,
  );

  test(
    'what is wrong is said',
    async () => {
      const wrong = async (why: string, ...args: string[]): Promise<void> => {
        const { code, stderr } = await bench.run('schedule', ...args);
        expect(stderr).toContain(why);
        expect(code).not.toBe(0);
      };
      await wrong(
        "there is a schedule 'nightly' already",
        'create',
        'nightly',
        'quick',
        '--every',
        '1h',
      );
      await wrong('--cron: ', 'create', 'other', 'quick', '--cron', 'at noon');
      await wrong(
        '--cron: ',
        'create',
        'other',
        'quick',
        '--cron',
        '0 6 * * *',
        '--timezone',
        'Moon',
      );
      await wrong("'a/b' cannot be the name", 'create', 'a/b', 'quick', '--every', '1h');
      await wrong('is one of quick', 'create', 'nightly', 'asks', '--every', '1h', '--replace');
      await wrong("there is no schedule 'none'", 'show', 'none');
      await wrong("there is no schedule 'none'", 'pause', 'none');
      await wrong("does not know 'stop'", 'stop', 'nightly');
      expect(await bench.expect(0, 'schedule', 'create', 'x', 'quick', '--help')).toContain(
        '--text',
      );
    },
    slow,
  );

  test(
    'is deleted, and gone',
    async () => {
      await bench.expect(0, 'schedule', 'delete', 'nightly');
      expect((await bench.run('schedule', 'show', 'nightly')).stderr).toContain('no schedule');
    },
    slow,
  );
});
