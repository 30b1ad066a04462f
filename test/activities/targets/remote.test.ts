import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { needs } from '../../needs.js';
import { inventoryOf, openDesk, sshSpec, type Desk } from './desk.js';
import { alive, until } from './processes.js';
import { sshdNeeds, startSshd, type Sshd } from './sshd.js';
import { hostileWords } from './words.js';
import { lacking } from '../../needs.js';
import type { Inventory } from '../../../core/definition/inventory.js';

// Keys are made and programs started: on a busy machine that takes its time.
jest.setTimeout(120_000);

const remote = needs(sshdNeeds);
let sshd: Sshd;
let desk: Desk;
let inventory: Inventory;

beforeAll(async () => {
  if (lacking(sshdNeeds).length > 0) return;
  sshd = await startSshd();
  desk = await openDesk([sshd]);
  inventory = inventoryOf([sshSpec('router', sshd, { path: ['/opt/tools'] })]);
});
afterAll(async () => {
  await desk?.close();
  await sshd?.stop();
});

describe.each(['check', 'apply'] as const)('a command of %s on a host', (verb) => {
  remote('answers with output, errors and exit code', async () => {
    const target = desk.open('router', inventory, { verb });
    const result = await target.run('sh', ['-c', 'echo out; echo err >&2; exit 3'], { exits: [3] });
    expect(result).toMatchObject({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
      truncated: false,
    });
  });

  remote('gets its arguments byte for byte', async () => {
    const words = hostileWords(600, verb === 'check' ? 5 : 6);
    const target = desk.open('router', inventory, { verb });
    const { stdout } = await target.run('printf', ['%s\\0', ...words]);
    expect(stdout.split('\0').slice(0, -1)).toEqual(words);
  });

  remote('gets an empty input, or what it is given', async () => {
    const target = desk.open('router', inventory, { verb });
    expect((await target.run('cat', [])).stdout).toBe('');
    const bytes = Buffer.from(Array.from({ length: 5_000_000 }, (_, at) => at % 251));
    const { stdout } = await target.run('sha256sum', ['-'], { input: bytes });
    expect(stdout).toBe(`${createHash('sha256').update(bytes).digest('hex')}  -\n`);
    await target.run('true', [], { input: bytes });
  });

  remote('gets a variable that holds a secret whole, and before its input', async () => {
    const secret = ' line "one" $HOME \\n\n\n\tÁ “x”\n';
    const target = desk.open('router', inventory, { verb, secrets: [secret] });
    const { stdout } = await target.run('sh', ['-c', 'printf "%s\\0" "$A" "$B"; cat'], {
      env: { A: secret, B: 'b' },
      input: 'in',
    });
    expect(stdout.split('\0')).toEqual([secret, 'b', 'in']);
  });

  remote('has the PATH and the variables of the inventory and the action', async () => {
    const target = desk.open('router', inventory, { verb });
    const { stdout } = await target.run('sh', ['-c', 'echo "$PATH|$LC_ALL|$MINE|$LANG"'], {
      env: { MINE: "it's" },
    });
    expect(stdout).toBe(
      "/opt/tools:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin|C|it's|\n",
    );
  });

  remote('fails with what, where and why', async () => {
    const target = desk.open('router', inventory, { verb });
    await expect(
      target.run('sh', ['-c', 'echo "no such neighbor" >&2; exit 4']),
    ).rejects.toMatchObject({
      code: 'command-failed',
      message: `\`sh -c 'echo "no such neighbor" >&2; exit 4'\` on router: exit 4: no such neighbor`,
    });
    await expect(target.run('no-such-tool', [])).rejects.toMatchObject({
      code: 'tool-missing',
      class: 'permanent',
    });
    for (const code of [124, 127, 255]) {
      const result = await target.run('sh', ['-c', `exit ${code}`], { exits: 'any' });
      expect(result.exitCode).toBe(code);
    }
    const killed = await target.run('sh', ['-c', 'kill -9 $$'], { exits: 'any' });
    expect(killed.exitCode).toBe(137);
  });

  remote(
    'is stopped at the end of its time, and by a cancellation, with all that it started',
    async () => {
      const step = `stopped-${verb}`;
      const controller = new AbortController();
      const target = desk.open('router', inventory, { verb, step, signal: controller.signal });
      const script = 'trap "" TERM; sleep 300 & echo $!; wait';
      for (const timeout of [400, 1000]) {
        await expect(target.run('sh', ['-c', script], { timeout })).rejects.toMatchObject({
          code: 'command-timeout',
        });
      }
      const pids = async (): Promise<number[]> =>
        (await desk.log()).flatMap((entry) =>
          entry.kind === 'stdout' && entry.step === step ? [Number(entry.text)] : [],
        );
      const reason = new Error('cancelled');
      const running = target.run('sh', ['-c', script]);
      running.catch(() => undefined);
      await until(async () => (await pids()).length === 3);
      controller.abort(reason);
      await expect(running).rejects.toBe(reason);
      for (const pid of await pids()) await until(() => !alive(pid));
    },
    60_000,
  );

  remote(
    'that leaves something in the background which holds its output ends all the same',
    async () => {
      const target = desk.open('router', inventory, { verb });
      const { stdout } = await target.run('sh', ['-c', 'sleep 6 & echo done']);
      expect(stdout).toBe('done\n');
    },
  );

  remote(
    'runs beside 49 others, more than sshd opens sessions',
    async () => {
      const target = desk.open('router', inventory, { verb });
      const before = (await sshd.children()).length;
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          target.run('sh', ['-c', 'sleep 0.05; echo "$1"', 'x', `${at}`]),
        ),
      );
      expect(answers.map((answer) => answer.stdout)).toEqual(
        Array.from({ length: 50 }, (_, at) => `${at}\n`),
      );
      expect(before).toBeGreaterThan(0);
      expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(1);
    },
    30_000,
  );
});

describe('the log', () => {
  remote('has a line to paste, the output, and the exit', async () => {
    const run = 'the-log';
    const target = desk.open('router', inventory, { run, secrets: ['hunter2'] });
    await target.run('cat', ['-'], { input: 'a b hunter2', env: { X: '1' } });
    const [command, stdout, exit] = await desk.log(run);
    expect(command).toMatchObject({
      kind: 'command',
      target: 'router',
      text: 'env X=1 cat -',
    });
    expect(stdout).toMatchObject({ kind: 'stdout', of: command?.seq, text: 'a b ***' });
    expect(exit).toMatchObject({
      kind: 'exit',
      exit: {
        code: 0,
        stdoutBytes: 11,
        sha256: createHash('sha256').update('a b hunter2').digest('hex'),
      },
    });
  });
});
