import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest } from '@jest/globals';
import type { Target } from '../../../../core/target.js';
import { lacking, needs } from '../../../needs.js';
import { inventoryOf, openDesk, sshSpec, type Desk, type Wish } from '../desk.js';
import { alive, processesWith, signal, until } from '../processes.js';
import { sshdNeeds, startSshd, type Sshd } from '../sshd.js';

jest.setTimeout(120_000);

const remote = needs(sshdNeeds);
let sshd: Sshd;
let desk: Desk;

beforeEach(async () => {
  if (lacking(sshdNeeds).length > 0) return;
  sshd = await startSshd();
  desk = await openDesk([sshd]);
});
afterEach(async () => {
  await desk?.close();
  await sshd?.stop();
});

function open(wish: Wish = {}): Target {
  return desk.open('host', inventoryOf([sshSpec('host', sshd)]), wish);
}

/** Pid of the shell that the command's `timeout` is a child of. */
const shellPid = ['-c', `cut -d ' ' -f 4 "/proc/$PPID/stat"`];

describe('commands that only read', () => {
  remote('share a shell, one after the other, and changes do not', async () => {
    const pids = [];
    for (let i = 0; i < 3; i++) pids.push((await open().run('sh', shellPid)).stdout);
    expect(new Set(pids).size).toBe(1);
    const changed = await open({ verb: 'apply' }).run('sh', shellPid);
    expect(pids).not.toContain(changed.stdout);
  });

  remote('keep their streams, exit codes and environments apart', async () => {
    const target = open();
    for (let i = 0; i < 5; i++) {
      const env: Record<string, string> = i % 2 === 0 ? { A: `${i}` } : {};
      const script = 'echo "out $1 $A"; echo "err $1" >&2; exit "$1"';
      const result = await target.run('sh', ['-c', script, 'x', `${i}`], { exits: 'any', env });
      expect(result).toMatchObject({
        exitCode: i,
        stdout: `out ${i} ${env['A'] ?? ''}\n`,
        stderr: `err ${i}\n`,
      });
    }
    await expect(target.run('no-such-tool', [])).rejects.toMatchObject({ code: 'tool-missing' });
    expect((await target.run('echo', ['after'])).stdout).toBe('after\n');
  });

  remote('print any bytes, also those that the protocol uses', async () => {
    const target = open();
    for (const size of [0, 1, 100, 70_000, 3_000_000]) {
      const text = randomBytes(size).toString('latin1').replaceAll('\0', '\u001e');
      const file = `${desk.folder}/bytes`;
      const bytes = Buffer.from(text, 'latin1');
      await writeFile(file, bytes);
      await target.run('cat', [file]);
      const entries = await desk.log();
      const exit = entries.findLast((entry) => entry.kind === 'exit');
      expect(exit).toMatchObject({
        exit: { stdoutBytes: size, sha256: createHash('sha256').update(bytes).digest('hex') },
      });
    }
    const marks = '\u001e'.repeat(40);
    expect((await target.run('printf', ['%s', marks])).stdout).toBe(marks);
  });

  remote('are not disturbed by what an earlier one left behind', async () => {
    const target = open();
    const first = await target.run('sh', [
      '-c',
      '(sleep 0.7; echo LATE; echo LATE >&2) & echo now',
    ]);
    expect(first.stdout).toBe('now\n');
    const second = await target.run('sh', ['-c', 'sleep 1.5; echo clean']);
    expect(second).toMatchObject({ stdout: 'clean\n', stderr: '' });
  });

  remote('that are cancelled or late do not end others', async () => {
    const controller = new AbortController();
    const cancelled = open({ signal: controller.signal, step: 'cancelled' });
    const running = cancelled.run('sh', ['-c', 'echo $$; exec sleep 100']);
    running.catch(() => undefined);
    const other = open().run('sh', ['-c', 'sleep 3; echo done']);
    const pid = async (): Promise<number> => {
      const entry = (await desk.log()).find((e) => e.step === 'cancelled' && e.kind === 'stdout');
      return Number(entry?.kind === 'stdout' ? entry.text : 0);
    };
    await until(async () => (await pid()) > 0);
    const late = open().run('sleep', ['50'], { timeout: 1000 });
    const reason = new Error('cancelled');
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect(late).rejects.toMatchObject({ code: 'command-timeout' });
    expect((await other).stdout).toBe('done\n');
    expect(alive(await pid())).toBe(false);
  });

  remote('begin on a new connection where the old one died unseen', async () => {
    const target = open();
    await target.run('true', []);
    for (const pid of await sshd.children()) signal(pid, 'SIGKILL');
    expect((await target.run('echo', ['hi'])).stdout).toBe('hi\n');
    await target.run('true', []);
    for (const pid of await sshd.children()) signal(pid, 'SIGSTOP');
    expect((await target.run('echo', ['again'])).stdout).toBe('again\n');
    expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(3);
  });

  remote('leave places for changes, however many there are', async () => {
    const reads = Array.from({ length: 30 }, () => open().run('sleep', ['0.2']));
    const changes = Array.from({ length: 30 }, (_, at) =>
      open({ verb: 'apply', step: `step-${at}` }).run('echo', [`${at}`]),
    );
    await Promise.all(reads);
    expect((await Promise.all(changes)).map((answer) => answer.stdout.trim())).toEqual(
      Array.from({ length: 30 }, (_, at) => `${at}`),
    );
  });

  remote('and that leave nothing behind run bare, and say the same', async () => {
    const target = open();
    const file = `${desk.folder}/shown`;
    await writeFile(file, 'out\n');
    const shell = await target.run('sh', shellPid);
    for (let i = 0; i < 3; i++) {
      const parent = await target.run('stat', ['-L', '-c', '%n', '/proc/self/exe']);
      expect(parent.stdout).toBe('/proc/self/exe\n');
      const failed = await target.run('cat', [file, '/no/such/file'], { exits: 'any' });
      expect(failed).toMatchObject({ exitCode: 1, stdout: 'out\n' });
      expect(failed.stderr).toContain('/no/such/file');
    }
    // Its own language and PATH, as with the others.
    expect((await target.run('printenv', ['LC_ALL'])).stdout).toBe('C\n');
    const status = await target.run('cat', ['/proc/self/status']);
    expect(status.stdout).toContain(`PPid:\t${shell.stdout.trim()}\n`);
    expect((await target.run('sh', shellPid)).stdout).toBe(shell.stdout);
  });

  remote('bare: one that is late is ended with its shell, and others go on', async () => {
    const fifo = `${desk.folder}/fifo`;
    execFileSync('mkfifo', [fifo]);
    const endless = `${desk.folder}/endless`;
    await writeFile(endless, '');
    const controller = new AbortController();
    const cancelled = open({ signal: controller.signal, step: 'cancelled' }).run('cat', [fifo]);
    cancelled.catch(() => undefined);
    const late = open({ step: 'late' }).run('tail', ['-f', endless], { timeout: 2000 });
    await expect(late).rejects.toMatchObject({ code: 'command-timeout' });
    const reason = new Error('cancelled');
    controller.abort(reason);
    await expect(cancelled).rejects.toBe(reason);
    expect((await open().run('true', [])).exitCode).toBe(0);
    const left = (name: string): boolean => processesWith(name).length > 0;
    await until(() => !left(fifo) && !left(endless));
  });

  remote('have an end with their shell, also where nobody is there to end them', async () => {
    const shell = Number((await open().run('sh', shellPid)).stdout);
    const parent = /PPid:\t(\d+)/.exec(readFileSync(`/proc/${shell}/status`, 'utf8'))?.[1] ?? '';
    expect(readFileSync(`/proc/${parent}/cmdline`, 'utf8')).toContain('timeout\0-k\x005\0');
    const fifo = `${desk.folder}/fifo`;
    execFileSync('mkfifo', [fifo]);
    const hanging = open().run('cat', [fifo]);
    hanging.catch(() => undefined);
    await until(() => processesWith(fifo).length > 0);
    // Before that it would be taken for one that did not even begin.
    await sleep(2000);
    // What `timeout` does when its time is up.
    process.kill(-Number(parent), 'SIGTERM');
    await expect(hanging).rejects.toMatchObject({ code: 'unreachable' });
    expect(processesWith(fifo)).toEqual([]);
    expect((await open().run('true', [])).exitCode).toBe(0);
  });
});
