import { existsSync, writeFileSync } from 'node:fs';
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

describe('without a server', () => {
  test(
    'list, show, validate, actions start none',
    async () => {
      const list = schemas.listSchema.parse(await bench.json(0, 'list'));
      expect(list.map(({ name }) => name)).toContain('gated');
      await bench.expect(0, 'show', 'gated');
      schemas.validateSchema.parse(await bench.json(0, 'validate'));
      schemas.actionsSchema.parse(await bench.json(0, 'actions'));
      const dev = schemas.devStatusSchema.parse(await bench.json(0, 'dev', 'status'));
      expect(dev).toEqual({ stateDir: bench.state, server: null, worker: null });
    },
    slow,
  );

  test(
    'a plan starts them, and they outlive it',
    async () => {
      const plan = schemas.planJsonSchema.parse(await bench.json(2, 'plan', 'quick'));
      expect(plan).toMatchObject({ changes: 1, refused: false });
      const first = schemas.devStatusSchema.parse(await bench.json(0, 'dev'));
      expect(first.server).not.toBeNull();
      expect(first.worker).not.toBeNull();
      await bench.json(2, 'plan', 'quick');
      expect(await bench.json(0, 'dev')).toEqual(first);
    },
    slow,
  );
});

describe('a run', () => {
  test(
    'does what its plan said; its record, report and drift tell the same',
    async () => {
      const out = await bench.expect(0, 'start', 'quick', '--id', 'quick-a');
      expect(out).toContain('✓ file changed');
      expect(out).toContain('succeeded after');
      expect(bench.read('quick.txt')).toBe('hello');
      const record = schemas.statusSchema.parse(await bench.json(0, 'status', 'quick-a'));
      expect(record).toMatchObject({
        run: 'quick-a',
        state: 'succeeded',
        startedBy: expect.stringContaining('ada@'),
      });
      const report = await bench.expect(0, 'report', 'quick-a');
      expect(report).toContain('# quick-a: succeeded');
      expect(report).toContain('## Commands');
      const json = schemas.reportSchema.parse(await bench.json(0, 'report', 'quick-a'));
      expect(json.commands.length).toBeGreaterThan(0);
      const page = await bench.expect(0, 'report', 'quick-a', '--format', 'html');
      expect(page).toMatch(/^<!doctype html>[^]*<h1>quick-a: succeeded<\/h1>[^]*<\/html>\n$/);
      expect((await bench.run('report', 'quick-a', '--format', 'pdf')).code).toBe(64);
      expect(await bench.expect(0, 'drift', 'quick')).toContain('no drift');
      writeFileSync(bench.path('quick.txt'), 'by hand');
      expect(await bench.expect(2, 'drift', 'quick')).toContain('quick.txt');
      expect(bench.read('quick.txt')).toBe('by hand');
      writeFileSync(bench.path('quick.txt'), 'hello');
      await bench.expect(0, 'start', 'quick', '--id', 'once-more');
      const diff = schemas.diffSchema.parse(await bench.json(0, 'diff', 'quick-a', 'once-more'));
      expect(diff.steps).toContainEqual({
        path: 'file',
        differs: expect.arrayContaining([{ name: 'outcome', a: 'changed', b: 'unchanged' }]),
      });
      expect(await bench.expect(0, 'diff', 'quick-a', 'quick-a')).toContain('No difference');
      const users = schemas.runsSchema.parse(await bench.json(0, 'runs', '--user', 'ada'));
      expect(users.map(({ run }) => run)).toEqual(['once-more', 'quick-a']);
      expect(schemas.runsSchema.parse(await bench.json(0, 'runs', '--user', 'bob'))).toEqual([]);
    },
    slow,
  );

  test(
    'is started once for an id, whoever asks again',
    async () => {
      const [a, b] = await Promise.all([
        bench.run('start', 'quick', '--id', 'quick-once', '--detach', '--json'),
        bench.run('start', 'quick', '--id', 'quick-once', '--detach', '--json'),
      ]);
      expect([a.code, b.code]).toEqual([0, 0]);
      const existed = [a, b].map(({ stdout }) => JSON.parse(stdout.split('\n')[0] ?? '').existed);
      expect(existed.toSorted()).toEqual([false, true]);
      await until('the run has ended', async () =>
        (await bench.run('status', 'quick-once')).stdout.includes('succeeded'),
      );
      const third = await bench.run('start', 'quick', '--id', 'quick-once');
      expect(third.code).toBe(0);
      expect(third.stderr).toContain('exists already');
      const runs = schemas.runsSchema.parse(await bench.json(0, 'runs'));
      expect(runs.filter(({ run }) => run === 'quick-once')).toHaveLength(1);
    },
    slow,
  );

  test(
    'has a readable id, counted on',
    async () => {
      const ids = [];
      for (let i = 0; i < 2; i += 1)
        ids.push((await bench.expect(0, 'start', 'gated', '--detach')).trim());
      expect(ids[0]).toMatch(/^gated-local-\d{8}-1$/);
      expect(ids[1]).toBe(ids[0]?.replace(/1$/, '2'));
      for (const id of ids) await bench.expect(0, 'cancel', id, '--yes');
    },
    slow,
  );

  test(
    'is found by its beginning and as the latest; with filters',
    async () => {
      expect(await bench.expect(0, 'status', 'quick-o')).toContain('quick-once');
      const two = await bench.run('status', 'quick-');
      expect(two.code).toBe(64);
      expect(two.stderr).toContain("2 runs begin with 'quick-'");
      await bench.expect(0, 'start', 'quick', '--id', 'newest');
      expect(await bench.expect(0, 'status', 'latest')).toContain('newest');
      const filtered = schemas.runsSchema.parse(
        await bench.json(
          0,
          'runs',
          '--runbook',
          'quick',
          '--state',
          'succeeded',
          '--limit',
          '2',
          '--since',
          '1h',
        ),
      );
      expect(filtered).toHaveLength(2);
      expect(filtered[0]?.run).toBe('newest');
      expect(await bench.json(0, 'runs', '--target', 'nowhere')).toEqual([]);
    },
    slow,
  );

  test(
    'can be bound to a plan; where the target has moved, it is refused and shown',
    async () => {
      writeFileSync(bench.path('quick.txt'), 'one');
      const plan = schemas.planJsonSchema.parse(
        await bench.json(2, 'plan', 'quick', '--text', 'two'),
      );
      const bound = await bench.run('start', 'quick', '--plan', plan.hash.slice(0, 10));
      expect(bound.code).toBe(0);
      expect(bench.read('quick.txt')).toBe('two');
      const again = await bench.run('start', 'quick', '--plan', plan.hash.slice(0, 10));
      expect(again.code).toBe(1);
      expect(again.stdout).toContain('Since plan');
      expect(again.stdout).toContain('is  no-op');
      const other = await bench.run(
        'start',
        'quick',
        '--text',
        'x',
        '--plan',
        plan.hash.slice(0, 10),
      );
      expect(other.code).toBe(64);
      const none = await bench.run('start', 'quick', '--plan', '0123456789');
      expect(none.code).toBe(1);
    },
    slow,
  );

  test(
    'streams events, each of the schema',
    async () => {
      writeFileSync(bench.path('quick.txt'), 'other');
      const out = await bench.expect(0, 'start', 'quick', '--id', 'streamed', '--json');
      const events = out
        .trim()
        .split('\n')
        .map((text) => schemas.runEventSchema.parse(JSON.parse(text)));
      expect(events[0]).toMatchObject({ type: 'started', run: 'streamed', existed: false });
      expect(events.at(-1)).toMatchObject({ type: 'ended', run: 'streamed' });
      const watched = await bench.expect(0, 'watch', 'streamed', '--json');
      expect(schemas.runEventSchema.parse(JSON.parse(watched))).toMatchObject({ type: 'ended' });
    },
    slow,
  );

  test(
    'says nothing when it is to be quiet, and no escape sequences in a pipe',
    async () => {
      const quiet = await bench.run('start', 'quick', '--quiet');
      expect(quiet).toEqual({ code: 0, stdout: '', stderr: '' });
      const plain = await bench.run('start', 'quick');
      expect(plain.stdout + plain.stderr).not.toContain('\u001b');
    },
    slow,
  );
});

describe('logs', () => {
  test(
    'of a run, of a step, the last ones, as JSON',
    async () => {
      expect(await bench.expect(0, 'logs', 'quick-a')).toContain(' file ');
      expect(await bench.expect(0, 'logs', 'quick-a', 'file', '-n', '1')).toMatch(/^\S+ ✓ /);
      const lines = (await bench.expect(0, 'logs', 'quick-a', '--json')).trim().split('\n');
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ kind: 'command', step: 'file' });
      const none = await bench.run('logs', 'quick-a', 'nothing');
      expect(none).toMatchObject({ code: 0, stdout: '' });
    },
    slow,
  );
});

describe('what is wrong is said, with the nearest right name', () => {
  const cases: [string[], number, string, string][] = [
    [['start', 'quik'], 1, "no runbook 'quik'", "did you mean 'quick'?"],
    [
      ['start', 'gated', '--node', 'locl'],
      64,
      "--node: unknown host 'locl'",
      "did you mean 'local'?",
    ],
    [['start', 'quick', '--txt', 'x'], 64, "unknown option '--txt'", '--help'],
    [['start'], 64, 'missing required argument', '--help'],
    [['status', 'quick-b'], 1, "no run 'quick-b'", "did you mean 'quick-a'?"],
    [['statsu'], 64, "no command 'statsu'", "did you mean 'status'?"],
    [['retry', 'quick-a'], 1, 'the run has ended: succeeded', 'runbook report quick-a'],
    [['runs', '--state', 'parkd'], 64, "'parkd' is not a state", 'parked'],
    [['start', 'quick', '--id', 'a/b'], 64, 'cannot be the id', 'letters'],
    [['plan', './nowhere.yaml'], 1, 'no such file', ''],
    [['actions', 'linux.fil'], 1, "no action 'linux.fil'", "did you mean 'linux.file'?"],
    [['--project', 'nowhere', 'list'], 1, 'no runbook.yaml', 'runbook init'],
    [['dev', 'sotp'], 64, 'status, start or stop', ''],
    [['completion', 'tcsh'], 64, "no completion for 'tcsh'", 'bash'],
  ];
  for (const [args, code, what, hint] of cases) {
    test(
      args.join(' '),
      async () => {
        const result = await bench.run(...args);
        expect(result.stderr).toContain(what);
        expect(result.stderr).toContain(hint);
        expect(result).toMatchObject({ code, stdout: '' });
        expect(result.stderr).toMatch(/docs\/errors\/[a-z-]+\.md/);
      },
      slow,
    );
  }

  test(
    'as JSON, on standard error',
    async () => {
      const result = await bench.run('start', 'quik', '--json');
      expect(result.stdout).toBe('');
      const { error } = schemas.errorJsonSchema.parse(JSON.parse(result.stderr));
      expect(error).toMatchObject({ code: 'not-found', exit: 1, hint: "did you mean 'quick'?" });
    },
    slow,
  );

  test(
    'every problem of a file, with its place; nothing is started',
    async () => {
      bench.write(
        'runbooks/bad.yaml',
        'apiVersion: runbook/v1\nname: bad\nsteps:\n  - { id: a, action: linux.fil }\n  - { id: b, actoin: x }\n',
      );
      const validated = await bench.run('validate', 'bad');
      expect(validated.code).toBe(1);
      expect(validated.stdout).toContain('runbooks/bad.yaml:5:5 steps.1');
      expect(validated.stdout).toContain("unknown action 'linux.fil' (did you mean 'linux.file'?)");
      const started = await bench.run('start', 'bad');
      expect(started.code).toBe(1);
      expect(started.stderr).toContain('bad.yaml:5');
      expect((await bench.run('validate', 'runbooks/bad.yaml')).stdout).toBe(validated.stdout);
    },
    slow,
  );

  test(
    'a file of 50 MB is refused at once',
    async () => {
      bench.write('runbooks/huge.yaml', 'x'.repeat(50 * 1024 * 1024));
      const result = await bench.run('start', 'huge');
      expect(result.code).toBe(1);
      expect(result.stderr).toContain('at most 1048576 are read');
      writeFileSync(bench.path('runbooks/huge.yaml'), '');
    },
    slow,
  );
});

describe('help', () => {
  test(
    'of a runbook: its inputs are flags',
    async () => {
      const help = await bench.expect(0, 'start', 'quick', '--help');
      expect(help).toContain('Write a file');
      expect(help).toContain('--text <text>');
      expect(help).toContain('What it says. (default hello)');
    },
    slow,
  );
});

describe('init', () => {
  test(
    'makes a project that is sound, and overwrites nothing',
    async () => {
      await bench.expect(0, 'init', 'fresh');
      expect(await bench.expect(0, '--project', 'fresh', 'validate')).toContain('no problems');
      const again = await bench.run('init', 'fresh');
      expect(again.code).toBe(64);
      expect(existsSync(bench.path('fresh/runbook.yaml'))).toBe(true);
    },
    slow,
  );
});
