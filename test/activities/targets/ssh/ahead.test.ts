import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { needs } from '../../../needs.js';
import { Ahead } from '../../../../activities/targets/ssh/ahead.js';
import type { Target } from '../../../../core/target.js';
import { inventoryOf, openDesk, sshSpec, type Desk } from '../desk.js';
import { processesWith, signal, until } from '../processes.js';
import { sshdNeeds, startSshd, type Sshd, type SshdOptions } from '../sshd.js';
import { hostileWords } from '../words.js';

// Keys are made and programs started: on a busy machine that takes its time.
jest.setTimeout(120_000);

const remote = needs(sshdNeeds);
const withSudo = needs({
  ...sshdNeeds,
  commands: [...sshdNeeds.commands, 'unshare', 'mount', 'sudo'],
});
const open: { sshd?: Sshd; desk?: Desk } = {};

async function serve(options: SshdOptions = {}): Promise<{ sshd: Sshd; host: Target }> {
  const sshd = await startSshd(options);
  open.sshd = sshd;
  const desk = await openDesk([sshd]);
  open.desk = desk;
  const host = desk.open('host', inventoryOf([sshSpec('host', sshd)]), { verb: 'apply' });
  return { sshd, host };
}

afterEach(async () => {
  await open.desk?.close();
  await open.sshd?.stop();
  delete open.desk;
  delete open.sshd;
});

/** Sessions of this sshd that wait for a change. */
async function waiting(sshd: Sshd): Promise<number[]> {
  const served = await sshd.children();
  return processesWith('eval "change $words"').filter((pid) => served.includes(pid));
}

/** Two changes, and then a session that waits for the third. */
async function warm(sshd: Sshd, host: Target): Promise<number> {
  await host.run('true', []);
  expect(await waiting(sshd)).toEqual([]);
  await host.run('true', []);
  await until(async () => (await waiting(sshd)).length === 1);
  // Its shell has come to the line that it waits for.
  await sleep(200);
  const [pid = 0] = await waiting(sshd);
  return pid;
}

/** Prints the process that waits for the command's `timeout`, and then what it is given. */
const tells = 'cut -d" " -f4 /proc/$PPID/stat; printf "%s\\0" "$@"; cat';

describe('changes that follow each other', () => {
  remote('go to a session that waits for them, byte for byte', async () => {
    const { sshd, host } = await serve();
    const pid = await warm(sshd, host);
    const words = [...hostileWords(40, 7), '\n', 'two\nlines\n\n', ''];
    const { stdout } = await host.run('sh', ['-c', tells, 'x', ...words], { input: 'one\ntwo' });
    const arrived = words.map((word) => `${word}\0`).join('');
    expect(stdout).toBe(`${pid}\n${arrived}one\ntwo`);
    await expect(host.run('sh', ['-c', 'exit 3'])).rejects.toMatchObject({
      message: expect.stringContaining('exit 3'),
    });
  });

  remote('have one of their own where their arguments are long', async () => {
    const { sshd, host } = await serve();
    const pid = await warm(sshd, host);
    const long = 'x'.repeat(9000);
    const { stdout } = await host.run('sh', ['-c', tells, 'x', long]);
    expect(stdout.slice(stdout.indexOf('\n') + 1)).toBe(`${long}\0`);
    expect(stdout).not.toMatch(new RegExp(`^${pid}\n`));
    expect(await waiting(sshd)).toEqual([pid]);
    expect((await host.run('sh', ['-c', tells, 'x', 'a'])).stdout).toBe(`${pid}\na\0`);
  });

  remote('are stopped there as any other is', async () => {
    const { sshd, host } = await serve();
    await warm(sshd, host);
    const mark = `600.${process.pid}${Date.now()}`;
    const late = host.run('sh', ['-c', 'sleep "$1" & wait', 'x', mark], { timeout: '1s' });
    await expect(late).rejects.toMatchObject({ code: 'command-timeout' });
    await until(() => processesWith(`sleep\0${mark}`).length === 0);
  });

  remote('are told of noise of the login shell apart', async () => {
    const { sshd, host } = await serve({ bashrc: 'echo welcome; echo careful >&2' });
    const pid = await warm(sshd, host);
    const { stdout, stderr } = await host.run('sh', ['-c', tells, 'x', 'a']);
    expect(stdout).toBe(`${pid}\na\0`);
    expect(stderr).toBe('');
  });

  remote('go on where the session that waited is gone', async () => {
    const { sshd, host } = await serve();
    signal(await warm(sshd, host), 'SIGKILL');
    await until(async () => (await waiting(sshd)).length === 0);
    await sleep(100);
    expect((await host.run('echo', ['there'])).stdout).toBe('there\n');
    await sleep(300);
    // A host that ends such sessions is left alone.
    expect(await waiting(sshd)).toEqual([]);
  });

  remote('leave nothing that waits when their worker closes the connection', async () => {
    const { sshd, host } = await serve();
    await warm(sshd, host);
    await open.desk?.access.close();
    await until(async () => (await waiting(sshd)).length === 0);
  });

  for (const sessions of [1, 2, 3]) {
    remote(`do not lack sessions where sshd opens ${sessions}`, async () => {
      const { sshd, host } = await serve({ config: [`MaxSessions ${sessions}`] });
      const reader = open.desk?.open('host', inventoryOf([sshSpec('host', sshd)]));
      for (let nr = 0; nr < 5; nr++) {
        const both = await Promise.all([
          host.run('echo', [`${nr}`]),
          reader?.run('echo', [`r${nr}`]),
          reader?.run('sh', ['-c', 'echo "$1"', 'x', `s${nr}`]),
        ]);
        expect(both.map((one) => one?.stdout)).toEqual([`${nr}\n`, `r${nr}\n`, `s${nr}\n`]);
        await sleep(50);
      }
    });
  }

  withSudo('as root are waited for through sudo', async () => {
    const { sshd, host } = await serve({
      login: { shell: '/bin/sh', sudoers: 'operator-of-test ALL=(ALL) NOPASSWD: ALL' },
    });
    const sudo = { sudo: true };
    await host.run('true', [], sudo);
    await host.run('true', [], sudo);
    await until(async () => (await waiting(sshd)).length > 0);
    await sleep(200);
    const pids = await waiting(sshd);
    const { stdout } = await host.run('sh', ['-c', `id -u; ${tells}`, 'x', 'a'], sudo);
    const [id, pid] = stdout.split('\n');
    expect(id).toBe('0');
    expect(pids).toContain(Number(pid));
    // Who is not to be root does not get into the session of root.
    await sleep(300);
    expect((await host.run('id', ['-u'])).stdout).toBe('54321\n');
  });
});

describe('a session that waits', () => {
  /** Programs that were to be started in one. */
  const opened: string[][] = [];
  const ahead = new Ahead({
    open: (argv) => {
      opened.push([...argv]);
      return Promise.resolve(null);
    },
  });

  test('is opened after the second of two changes, and not for one alone', async () => {
    ahead.ended(false);
    await sleep(50);
    expect(opened).toEqual([]);
    ahead.ended(false);
    await sleep(50);
    expect(opened).toHaveLength(1);
  });

  test('runs nothing where its arguments do not arrive whole', async () => {
    const [[program = '', ...args] = []] = opened;
    const command = ['mark', '20', '/usr/bin:/bin', '0', 'echo', 'ran'];
    for (const part of ['', '2', `1\n${command.join(' ')}`, `2\n${command.join(' ')}\n`]) {
      const child = spawn(program, args);
      const ended = once(child, 'close');
      child.stdin.end(part);
      expect(await text(child.stdout)).toBe('');
      expect(await ended).toEqual([125, null]);
    }
  });

  test('is not opened any more when the connection is closed', async () => {
    ahead.ended(false);
    ahead.close();
    ahead.ended(false);
    await sleep(50);
    expect(opened).toHaveLength(1);
  });
});
