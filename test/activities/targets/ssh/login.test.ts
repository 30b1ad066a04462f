import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { lacking, needs } from '../../../needs.js';
import { inventoryOf, openDesk, sshSpec, type Desk } from '../desk.js';
import { makeKey, sshdNeeds, startSshd, type Sshd } from '../sshd.js';
import { alive, until } from '../processes.js';
import type { HostSpec } from '../../../../core/definition/inventory.js';
import type { CommandResult } from '../../../../core/target.js';

// Keys are made and programs started: on a busy machine that takes its time.
jest.setTimeout(120_000);

const remote = needs(sshdNeeds);
const withAgent = needs({
  ...sshdNeeds,
  commands: [...sshdNeeds.commands, 'ssh-agent', 'ssh-add'],
});
let sshd: Sshd;
let desk: Desk;

beforeAll(async () => {
  if (lacking(sshdNeeds).length > 0) return;
  sshd = await startSshd();
  desk = await openDesk([sshd]);
});
afterAll(async () => {
  await desk?.close();
  await sshd?.stop();
});

function hello(fields: Partial<HostSpec>): Promise<CommandResult> {
  return desk.open('host', inventoryOf([sshSpec('host', sshd, fields)])).run('echo', ['hi']);
}

async function withAgentAt<T>(socket: string | undefined, work: () => Promise<T>): Promise<T> {
  const before = process.env['SSH_AUTH_SOCK'];
  if (socket === undefined) delete process.env['SSH_AUTH_SOCK'];
  else process.env['SSH_AUTH_SOCK'] = socket;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env['SSH_AUTH_SOCK'];
    else process.env['SSH_AUTH_SOCK'] = before;
  }
}

describe('a login fails for good', () => {
  remote('with a key that the host does not know', async () => {
    const key = await makeKey(join(desk.folder, 'wrong'));
    await expect(hello({ key })).rejects.toMatchObject({
      code: 'login-failed',
      class: 'permanent',
      message: expect.stringContaining(`did not accept the key ${key}`),
    });
  });

  remote('with a user that the host does not have', async () => {
    await expect(hello({ user: 'nobody-here' })).rejects.toMatchObject({ code: 'login-failed' });
  });

  remote('with a key file that is missing, none, or locked by a passphrase', async () => {
    await expect(hello({ key: '/no/such/key' })).rejects.toMatchObject({
      code: 'login-failed',
      message: expect.stringContaining('/no/such/key'),
    });
    const junk = join(desk.folder, 'junk');
    await writeFile(junk, 'not a key');
    await expect(hello({ key: junk })).rejects.toMatchObject({ code: 'login-failed' });
    const locked = join(desk.folder, 'locked');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'hunter2', '-f', locked]);
    await expect(hello({ key: locked })).rejects.toMatchObject({
      code: 'login-failed',
      message: expect.stringContaining('passphrase'),
    });
  });

  remote('without a key and without an agent', async () => {
    await withAgentAt(undefined, async () => {
      await expect(hello({ key: null })).rejects.toMatchObject({
        code: 'login-failed',
        message: expect.stringContaining('SSH_AUTH_SOCK'),
      });
    });
    await withAgentAt('/no/such/socket', async () => {
      await expect(hello({ key: null })).rejects.toMatchObject({ code: 'login-failed' });
    });
  });
});

describe('a login succeeds', () => {
  for (const type of ['ed25519', 'ecdsa', 'rsa']) {
    remote(`with a key of type ${type}`, async () => {
      const key = await makeKey(join(desk.folder, type), type);
      await appendFile(`${sshd.key}.pub`, await readFile(`${key}.pub`));
      expect((await hello({ key })).stdout).toBe('hi\n');
    });
  }

  remote('with another key in the same file', async () => {
    const file = join(desk.folder, 'renewed');
    for (const name of ['old', 'new']) {
      const key = await makeKey(join(desk.folder, name));
      await writeFile(file, await readFile(key), { mode: 0o600 });
      const own = await openDesk([sshd]);
      const target = own.open('host', inventoryOf([sshSpec('host', sshd, { key: file })]));
      if (name === 'new') await appendFile(`${sshd.key}.pub`, await readFile(`${key}.pub`));
      const login = target.run('echo', ['hi']);
      if (name === 'old') await expect(login).rejects.toMatchObject({ code: 'login-failed' });
      else expect((await login).stdout).toBe('hi\n');
      await own.close();
    }
  });
});

describe('the ssh agent', () => {
  withAgent('is asked where the inventory names no key', async () => {
    const socket = join(desk.folder, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    try {
      await until(() => {
        try {
          execFileSync('ssh-add', [sshd.key], {
            env: { ...process.env, SSH_AUTH_SOCK: socket },
            stdio: 'ignore',
          });
          return true;
        } catch {
          return false;
        }
      });
      await withAgentAt(socket, async () => {
        expect((await hello({ key: null })).stdout).toBe('hi\n');
      });
    } finally {
      agent.kill('SIGTERM');
      await once(agent, 'exit');
      expect(alive(agent.pid ?? 0)).toBe(false);
    }
  });
});
