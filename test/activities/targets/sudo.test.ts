import { chmod, mkdir, rm } from 'node:fs/promises';
import { afterEach, describe, expect, jest } from '@jest/globals';
import { needs } from '../../needs.js';
import { inventoryOf, newRun, openDesk, sshSpec, type Desk } from './desk.js';
import { alive, until } from './processes.js';
import { sshdNeeds, startSshd, type Sshd } from './sshd.js';
import type { Target } from '../../../core/target.js';
import type { Wish } from './desk.js';

jest.setTimeout(120_000);

const commands = [...sshdNeeds.commands, 'unshare', 'mount'];
const remote = needs({ ...sshdNeeds, commands });
const withSudo = needs({ ...sshdNeeds, commands: [...commands, 'sudo'] });
let sshd: Sshd | undefined;
let desk: Desk | undefined;

async function open(options: Parameters<typeof startSshd>[0]): Promise<(wish?: Wish) => Target> {
  const server = await startSshd(options);
  sshd = server;
  const own = await openDesk([server]);
  desk = own;
  return (wish) => own.open('host', inventoryOf([sshSpec('host', server)]), wish);
}

afterEach(async () => {
  await desk?.close();
  await sshd?.stop();
  desk = undefined;
  sshd = undefined;
});

const rules = 'operator-of-test ALL=(ALL) NOPASSWD: ALL';

describe('a login that is not root', () => {
  withSudo('becomes root where the command asks for it', async () => {
    const target = await open({ login: { shell: '/bin/sh', sudoers: rules } });
    for (const verb of ['check', 'apply'] as const) {
      const host = target({ verb });
      expect((await host.run('id', ['-un'])).stdout).toBe('operator-of-test\n');
      const options = { sudo: true, env: { MINE: 'kept' } };
      const { stdout } = await host.run('sh', ['-c', 'id -un; echo "$MINE"'], options);
      expect(stdout).toBe('root\nkept\n');
    }
    const lines = (await desk?.log())?.flatMap((entry) =>
      entry.kind === 'command' ? [entry.text] : [],
    );
    expect(lines).toContain(`sudo -n env MINE=kept sh -c 'id -un; echo "$MINE"'`);
  });

  withSudo('stops what runs as root: by time, and by cancellation', async () => {
    const target = await open({ login: { shell: '/bin/sh', sudoers: rules } });
    const run = newRun();
    const script = 'trap "" TERM; echo $$; exec sleep 300';
    const late = target({ run, verb: 'apply' }).run('sh', ['-c', script], {
      sudo: true,
      timeout: 600,
    });
    await expect(late).rejects.toMatchObject({ code: 'command-timeout' });
    const pids = async (): Promise<number[]> =>
      ((await desk?.log(run)) ?? []).flatMap((e) => (e.kind === 'stdout' ? [Number(e.text)] : []));
    const controller = new AbortController();
    const cancelled = target({ run, verb: 'apply', signal: controller.signal, fence: 1e15 }).run(
      'sh',
      ['-c', script],
      { sudo: true },
    );
    cancelled.catch(() => undefined);
    await until(async () => (await pids()).length === 2);
    controller.abort(new Error('cancelled'));
    await expect(cancelled).rejects.toThrow('cancelled');
    for (const pid of await pids()) expect(alive(pid)).toBe(false);
  });

  withSudo('without the right to become root fails at once, for good', async () => {
    const target = await open({ login: { shell: '/bin/sh', sudoers: 'root ALL=(ALL) ALL' } });
    const asking = target().run('id', [], { sudo: true, exits: 'any' });
    await expect(asking).rejects.toMatchObject({
      code: 'login-failed',
      class: 'permanent',
      message: expect.stringMatching(/sudo did not let it run: sudo: a password is required/),
    });
  });

  remote(
    'records its commands in a folder of its own, and refuses one of somebody else',
    async () => {
      const target = await open({ login: { shell: '/bin/sh' } });
      const host = target({ verb: 'apply' });
      const { stdout } = await host.run('sh', ['-c', 'ls -ld /tmp/runbook-54321/ops']);
      expect(stdout).toMatch(/^drwx------ /);
      await rm('/tmp/runbook-54321', { recursive: true });
      await mkdir('/tmp/runbook-54321/ops', { recursive: true });
      await chmod('/tmp/runbook-54321/ops', 0o777);
      await expect(host.run('true', [])).rejects.toMatchObject({
        code: 'refused',
        class: 'permanent',
        message: expect.stringContaining('/tmp/runbook-54321 belongs to somebody else'),
      });
      await rm('/tmp/runbook-54321', { recursive: true });
    },
  );

  remote('whose shell is nologin never comes to the command', async () => {
    const target = await open({ login: { shell: '/usr/sbin/nologin' } });
    await expect(target().run('true', [])).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('This account is currently not available'),
    });
  });
});
