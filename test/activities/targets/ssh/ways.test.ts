import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest } from '@jest/globals';
import { lacking, needs } from '../../../needs.js';
import { hostSpec, inventoryOf, openDesk, sshSpec, type Desk } from '../desk.js';
import { sshdNeeds, startSshd, type Sshd } from '../sshd.js';

jest.setTimeout(120_000);

const inNamespace = { ...sshdNeeds, commands: [...sshdNeeds.commands, 'ip', 'nsenter'] } as const;
const remote = needs(sshdNeeds);
const namespaced = needs(inNamespace);
const netns = `rb-test-${process.pid}`;

let front: Sshd;
let inner: Sshd;
let desk: Desk;

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

beforeAll(async () => {
  if (lacking(inNamespace).length > 0) return;
  ip('netns', 'add', netns);
  ip('-n', netns, 'link', 'set', 'lo', 'up');
  front = await startSshd();
  // The same address and port as nothing has outside.
  inner = await startSshd({ netns, port: 2022, bashrc: 'export INNER=1' });
});
afterAll(async () => {
  await front?.stop();
  await inner?.stop();
  if (lacking(inNamespace).length === 0) ip('netns', 'delete', netns);
});
afterEach(() => desk?.close());

describe('via a network namespace', () => {
  namespaced('a host is reached from inside it, at full speed', async () => {
    desk = await openDesk([inner]);
    const host = sshSpec('inner', inner, { via: `netns/${netns}` });
    const target = desk.open('inner', inventoryOf([host]));
    expect((await target.run('sh', ['-c', 'ls /sys/class/net; echo hi'])).stdout).toContain('hi');
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, at) => target.run('echo', [`${at}`])),
    );
    expect(answers.map((answer) => answer.stdout)).toEqual(
      Array.from({ length: 30 }, (_, at) => `${at}\n`),
    );
    const bytes = Buffer.alloc(3_000_000, 'x');
    expect((await target.run('wc', ['-c'], { input: bytes })).stdout).toBe('3000000\n');
    expect(inner.log().match(/Accepted publickey/g)).toHaveLength(1);
  });

  namespaced('the reason comes through where nobody listens', async () => {
    desk = await openDesk([inner]);
    const host = sshSpec('inner', inner, { via: `netns/${netns}`, port: 2023 });
    await expect(desk.open('inner', inventoryOf([host])).run('true', [])).rejects.toMatchObject({
      code: 'unreachable',
      message: 'inner (127.0.0.1 port 2023): connection refused: nothing listens there',
    });
  });

  namespaced('a namespace made anew under the same name is the new one', async () => {
    desk = await openDesk([inner]);
    const name = `${netns}-b`;
    const host = sshSpec('inner', inner, { via: `netns/${name}` });
    const target = desk.open('inner', inventoryOf([host]));
    await expect(target.run('true', [])).rejects.toMatchObject({
      code: 'unreachable',
      message: `there is no network namespace ${name} on the worker's machine`,
    });
    ip('netns', 'add', name);
    await expect(target.run('true', [])).rejects.toMatchObject({ code: 'unreachable' });
    ip('netns', 'delete', name);
    ip('netns', 'attach', name, String(inner.pid));
    try {
      expect((await target.run('echo', ['hi'])).stdout).toBe('hi\n');
    } finally {
      ip('netns', 'delete', name);
    }
  });

  namespaced('this machine runs commands inside it', async () => {
    desk = await openDesk();
    const host = hostSpec('client', { via: `netns/${netns}` });
    const target = desk.open('client', inventoryOf([host]), { verb: 'apply' });
    const { stdout } = await target.run('readlink', ['/proc/self/ns/net']);
    expect(stdout).not.toBe(execFileSync('readlink', ['/proc/self/ns/net']).toString());
    const [command] = await desk.log();
    expect(command).toMatchObject({
      text: `nsenter --net=/run/netns/${netns} -- readlink /proc/self/ns/net`,
      brief: 'readlink /proc/self/ns/net',
    });
    await expect(target.run('no-such-tool', [])).rejects.toMatchObject({
      code: 'tool-missing',
      message: expect.stringMatching(/^`no-such-tool` on client: /),
    });
  });
});

describe('via a jump host', () => {
  namespaced('a host behind two others is reached, each key checked', async () => {
    desk = await openDesk([front, inner]);
    const inventory = inventoryOf([
      sshSpec('entry', inner, { via: `netns/${netns}` }),
      sshSpec('middle', inner, { via: 'entry' }),
      sshSpec('last', inner, { via: 'middle', address: 'localhost' }),
    ]);
    const known = `${inner.knownHosts}${inner.knownHosts.replace('127.0.0.1', 'localhost')}`;
    await writeFile(join(desk.folder, 'known_hosts'), known);
    const target = desk.open('last', inventory, { verb: 'apply' });
    expect((await target.run('sh', ['-c', 'echo "$SSH_CONNECTION"'])).stdout).toMatch(/ 2022\n$/);
    const { stdout } = await target.run('wc', ['-c'], { input: Buffer.alloc(1_000_000) });
    expect(stdout).toBe('1000000\n');
  });

  remote('a port that is closed behind it is unreachable', async () => {
    desk = await openDesk([front]);
    const inventory = inventoryOf([
      sshSpec('entry', front),
      sshSpec('last', front, { via: 'entry', port: 1 }),
    ]);
    await expect(desk.open('last', inventory).run('true', [])).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('last (127.0.0.1 port 1)'),
    });
  });

  remote('an unknown key behind it is refused', async () => {
    desk = await openDesk([front]);
    const inventory = inventoryOf([
      sshSpec('entry', front),
      sshSpec('last', front, { via: 'entry', knownHosts: '/dev/null' }),
    ]);
    await expect(desk.open('last', inventory).run('true', [])).rejects.toMatchObject({
      code: 'host-key-unknown',
    });
  });

  remote('a circle and an unknown host are refused', async () => {
    desk = await openDesk([front]);
    const circle = inventoryOf([
      sshSpec('a', front, { via: 'b' }),
      sshSpec('b', front, { via: 'c' }),
      sshSpec('c', front, { via: 'a' }),
    ]);
    expect(() => desk.open('a', circle)).toThrow(
      expect.objectContaining({
        code: 'definition-invalid',
        message: expect.stringContaining('a via b via c via a'),
      }),
    );
    const unknown = inventoryOf([sshSpec('a', front, { via: 'nobody' })]);
    expect(() => desk.open('a', unknown)).toThrow(
      expect.objectContaining({ code: 'target-unknown' }),
    );
  });
});
