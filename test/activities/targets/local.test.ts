import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { hostSpec, inventoryOf, newRun, openDesk, type Desk } from './desk.js';
import { needs } from '../../needs.js';
import { hostileWords } from './words.js';
import { alive, until } from './processes.js';

// Keys are made and programs started: on a busy machine that takes its time.
jest.setTimeout(120_000);

const linux = needs({ linux: true, commands: ['timeout'] });
const nowhere = inventoryOf([]);
let desk: Desk;

beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());

describe.each(['check', 'apply'] as const)('a command of %s on this machine', (verb) => {
  linux('answers with output, errors and exit code', async () => {
    const target = desk.open('local', nowhere, { verb });
    const result = await target.run('sh', ['-c', 'echo out; echo err >&2; exit 3'], { exits: [3] });
    expect(result).toMatchObject({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
      truncated: false,
    });
  });

  linux('gets its arguments byte for byte', async () => {
    const words = hostileWords(400, 3);
    const target = desk.open('local', nowhere, { verb });
    const { stdout } = await target.run('printf', ['%s\\0', ...words]);
    expect(stdout.split('\0').slice(0, -1)).toEqual(words);
  });

  linux('gets an empty input, or what it is given', async () => {
    const target = desk.open('local', nowhere, { verb });
    expect((await target.run('cat', [])).stdout).toBe('');
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
    const { stdout } = await target.run('sha256sum', ['-'], { input: bytes });
    expect(stdout).toBe(`${createHash('sha256').update(bytes).digest('hex')}  -\n`);
  });

  linux('that does not read its input is no failure', async () => {
    const target = desk.open('local', nowhere, { verb });
    const { exitCode } = await target.run('true', [], { input: Buffer.alloc(2_000_000) });
    expect(exitCode).toBe(0);
  });

  linux('has a plain environment', async () => {
    process.env['RUNBOOK_TEST_LEAK'] = 'leak';
    const target = desk.open(
      'here',
      inventoryOf([hostSpec('here', { path: ['/opt/first', '/opt/second'] })]),
      { verb },
    );
    const { stdout } = await target.run('env', ['-0'], { env: { MINE: 'a b\n$x' } });
    const vars = Object.fromEntries(
      stdout
        .split('\0')
        .slice(0, -1)
        .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    );
    expect(vars).toMatchObject({
      LC_ALL: 'C',
      TERM: 'dumb',
      MINE: 'a b\n$x',
      PATH: '/opt/first:/opt/second:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    });
    const known = 'HOME LC_ALL LOGNAME MINE OLDPWD PATH PWD SHLVL TERM USER _'.split(' ');
    expect(Object.keys(vars).filter((name) => !known.includes(name))).toEqual([]);
    delete process.env['RUNBOOK_TEST_LEAK'];
  });

  linux('fails with what, where and why', async () => {
    const target = desk.open('local', nowhere, { verb });
    const failing = target.run('sh', [
      '-c',
      'echo first >&2; echo "it is broken" >&2; exit 4',
      'x y',
    ]);
    await expect(failing).rejects.toMatchObject({
      code: 'command-failed',
      class: 'transient',
      message: `\`sh -c 'echo first >&2; echo "it is broken" >&2; exit 4' 'x y'\` on local: exit 4: it is broken`,
    });
    const own = target.run('false', [], { failure: 'refused' });
    await expect(own).rejects.toMatchObject({
      code: 'refused',
      message: '`false` on local: exit 1',
    });
    expect(await target.run('false', [], { exits: 'any' })).toMatchObject({ exitCode: 1 });
  });

  linux('that is not there is a missing tool, for good', async () => {
    const target = desk.open('local', nowhere, { verb });
    for (const name of ['no-such-tool', '/no/such/tool']) {
      await expect(target.run(name, ['x'], { exits: 'any' })).rejects.toMatchObject({
        code: 'tool-missing',
        class: 'permanent',
        hint: expect.stringContaining(name),
      });
    }
  });

  linux('may exit with 127, 124 or 137 by itself', async () => {
    const target = desk.open('local', nowhere, { verb });
    for (const code of [124, 126, 127, 137]) {
      const result = await target.run('sh', ['-c', `exit ${code}`], { exits: 'any' });
      expect(result.exitCode).toBe(code);
    }
    const killed = await target.run('sh', ['-c', 'kill -9 $$'], { exits: 'any' });
    expect(killed.exitCode).toBe(137);
  });

  linux(
    'is stopped at the end of its time, with all that it started',
    async () => {
      const target = desk.open('local', nowhere, { verb });
      const script = 'sleep 300 & echo $!; trap "" TERM; sleep 301 & echo $!; wait';
      for (const timeout of [400, 1000]) {
        const late = target.run('sh', ['-c', script], { timeout });
        await expect(late).rejects.toMatchObject({
          code: 'command-timeout',
          message: expect.stringContaining('did not end within'),
        });
      }
      const pids = (await desk.log())
        .flatMap((entry) =>
          entry.kind === 'stdout' && entry.verb === verb ? [entry.text ?? ''] : [],
        )
        .join('')
        .split('\n')
        .filter((text) => /^\d+$/.test(text))
        .map(Number);
      await until(() => pids.slice(-4).every((pid) => !alive(pid)));
    },
    30_000,
  );

  linux(
    'is stopped when the operation is cancelled, and the reason is thrown',
    async () => {
      const controller = new AbortController();
      const target = desk.open('local', nowhere, { verb, signal: controller.signal });
      const reason = new Error('paused');
      const running = target.run('sh', ['-c', 'sleep 300 & echo "child $!"; wait']);
      running.catch(() => undefined);
      const childPid = async (): Promise<number> => {
        const texts = (await desk.log()).flatMap((e) =>
          e.kind === 'stdout' ? [e.text ?? ''] : [],
        );
        return Number(/child (\d+)\n$/.exec(texts.at(-1) ?? '')?.[1] ?? 0);
      };
      await until(async () => (await childPid()) > 0);
      const pid = await childPid();
      expect(alive(pid)).toBe(true);
      controller.abort(reason);
      await expect(running).rejects.toBe(reason);
      await until(() => !alive(pid));
      await expect(target.run('true', [])).rejects.toBe(reason);
    },
    30_000,
  );

  linux(
    'that leaves something in the background which holds its output ends all the same',
    async () => {
      const target = desk.open('local', nowhere, { verb, run: newRun() });
      const began = performance.now();
      const { stdout } = await target.run('sh', ['-c', 'sleep 8 & echo done']);
      expect(stdout).toBe('done\n');
      expect(performance.now() - began).toBeLessThan(7000);
    },
    30_000,
  );

  linux('hands back the beginning of a long output', async () => {
    const target = desk.open('local', nowhere, { verb });
    const result = await target.run('seq', ['1', '100000'], { capture: 10 });
    expect(result).toMatchObject({ stdout: '1\n2\n3\n4\n5\n', truncated: true });
    const bytes = await target.run('printf', ['\\377\\376A']);
    expect(bytes.stdout).toBe('\ufffd\ufffdA');
  });
});

describe('json', () => {
  linux('parses one value', async () => {
    const target = desk.open('local', nowhere);
    expect(await target.json('echo', ['{"a":[1,null]}'])).toEqual({ a: [1, null] });
  });

  linux('tells what is not JSON without showing it', async () => {
    const target = desk.open('local', nowhere);
    const failing = target.json('echo', ['{"password": "hunter2"']);
    await expect(failing).rejects.toMatchObject({ code: 'action-failed' });
    await failing.catch((error: Error) => expect(String(error.cause)).not.toContain('hunter2'));
    await expect(target.json('seq', ['1', '1000'], { capture: 5 })).rejects.toMatchObject({
      code: 'output-too-large',
    });
  });
});

describe('a network namespace', () => {
  linux('that is not there is unreachable', async () => {
    const inventory = inventoryOf([hostSpec('gone', { via: 'netns/runbook-none' })]);
    await expect(desk.open('gone', inventory).run('true', [])).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('runbook-none'),
    });
  });
});

describe('names', () => {
  test('that the inventory does not have are refused', () => {
    for (const name of ['nobody', 'constructor', '__proto__']) {
      expect(() => desk.open(name, nowhere)).toThrow(
        expect.objectContaining({ code: 'target-unknown' }),
      );
    }
  });
});
