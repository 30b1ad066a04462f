import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, jest } from '@jest/globals';
import type { Inventory } from '../../../../core/definition/inventory.js';
import { needs } from '../../../needs.js';
import type { Once } from '../../../../activities/targets/operation.js';
import { inventoryOf, openDesk, sshSpec, type Desk } from '../desk.js';
import { startProxy, type Proxy } from '../proxy.js';
import { alive, until } from '../processes.js';
import { sshdNeeds, startSshd, type Sshd, type SshdOptions } from '../sshd.js';

// Faults are found by what stays away: that takes its time.
jest.setTimeout(120_000);

const remote = needs(sshdNeeds);
const cleanups: (() => Promise<void>)[] = [];

interface Scene {
  readonly sshd: Sshd;
  readonly proxy: Proxy;
  readonly desk: Desk;
  readonly inventory: Inventory;
}

/** A host behind a proxy that can misbehave. */
async function scene(options: SshdOptions = {}): Promise<Scene> {
  const sshd = await startSshd(options);
  const proxy = await startProxy(sshd.port);
  const desk = await openDesk();
  const known = sshd.knownHosts.replaceAll(`:${sshd.port} `, `:${proxy.port} `);
  await writeFile(join(desk.folder, 'known_hosts'), known);
  cleanups.push(
    () => desk.close(),
    () => proxy.close(),
    () => sshd.stop(),
  );
  return {
    sshd,
    proxy,
    desk,
    inventory: inventoryOf([sshSpec('host', sshd, { port: proxy.port })]),
  };
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function pidPrinted({ desk }: Scene, step: string): Promise<number> {
  let pid = 0;
  await until(async () => {
    for (const entry of await desk.log()) {
      if (entry.kind === 'stdout' && entry.step === step) pid = Number(entry.text);
    }
    return pid > 0;
  });
  return pid;
}

const speakAndSleep = ['-c', 'echo $$; exec sleep 100'];

describe('a connection that breaks while something runs that must not happen twice', () => {
  remote('leaves it running, and the next look of the attempt waits for its end', async () => {
    const it = await scene();
    const told: string[] = [];
    const once: Once = {
      asked: () => undefined,
      begun: () => told.push('begun'),
      waits: ({ state }) => void (told.at(-1) === state || told.push(state)),
      found: ({ state, code, printed }) => void told.push(`${state} ${code} ${printed.slice(-5)}`),
      leaves: () => false,
    };
    const go = join(it.desk.folder, 'go');
    const { signal } = new AbortController();
    const wish = { step: 'once', signal, once } as const;
    const work = 'echo $$; while [ ! -e "$1" ]; do echo on; sleep 0.1; done; echo ended';
    const running = it.desk
      .open('host', it.inventory, { ...wish, verb: 'apply' })
      .run('sh', ['-c', work, 'work', go], { timeout: '90s' });
    running.catch(() => undefined);
    let pid = 0;
    await until(async () => {
      const said = (await it.desk.log()).find(({ kind }) => kind === 'stdout');
      pid = said?.kind === 'stdout' ? Number.parseInt(said.text ?? '', 10) : 0;
      return pid > 0;
    });
    it.proxy.reset();
    await expect(running).rejects.toMatchObject({ code: 'unreachable' });
    // It prints, and nobody hears it.
    await setTimeout(500);
    expect(alive(pid)).toBe(true);
    const looking = it.desk.open('host', it.inventory, { ...wish, verb: 'check' }).run('true', []);
    await until(() => told.includes('running'));
    await writeFile(go, '');
    await looking;
    expect(new Set(told)).toEqual(new Set(['begun', 'running', 'ended 0 ended']));
    expect(alive(pid)).toBe(false);
    // Nothing of it is left to be stopped, or told of again.
    await it.desk.open('host', it.inventory, { ...wish, verb: 'check' }).run('true', []);
    expect(told.filter((word) => word.startsWith('ended'))).toHaveLength(1);
  });
});

describe('a host that falls silent', () => {
  remote(
    'while a command runs is found out, and the next command of the attempt stops it',
    async () => {
      const it = await scene();
      const target = it.desk.open('host', it.inventory, { verb: 'apply', step: 'silent' });
      const running = target.run('sh', speakAndSleep, { timeout: '90s' });
      running.catch(() => undefined);
      const pid = await pidPrinted(it, 'silent');
      it.proxy.blackHole();
      const began = performance.now();
      await expect(running).rejects.toMatchObject({
        code: 'unreachable',
        class: 'transient',
        message: expect.stringContaining('it may still run there'),
      });
      expect(performance.now() - began).toBeLessThan(40_000);
      expect(alive(pid)).toBe(true);
      it.proxy.heal();
      expect((await target.run('echo', ['again'])).stdout).toBe('again\n');
      expect(alive(pid)).toBe(false);
    },
  );

  remote(
    'while its connection is idle is found out, and the command begins on a new one',
    async () => {
      const it = await scene();
      const target = it.desk.open('host', it.inventory, { verb: 'apply' });
      await target.run('true', []);
      for (const pid of await it.sshd.children()) process.kill(pid, 'SIGSTOP');
      const began = performance.now();
      expect((await target.run('echo', ['hi'])).stdout).toBe('hi\n');
      expect(performance.now() - began).toBeLessThan(40_000);
      expect(it.proxy.made).toBe(2);
    },
  );

  remote('while its connection was at rest is found out before anything is sent', async () => {
    const it = await scene();
    const run = (verb: 'check' | 'apply') =>
      it.desk.open('host', it.inventory, { verb }).run('echo', ['hi']);
    await run('check');
    await setTimeout(1200);
    // It answers, so it is used again.
    await run('check');
    expect(it.proxy.made).toBe(1);
    await setTimeout(1200);
    for (const pid of await it.sshd.children()) process.kill(pid, 'SIGSTOP');
    const began = performance.now();
    const answers = await Promise.all([run('check'), run('apply')]);
    expect(answers.map(({ stdout }) => stdout)).toEqual(['hi\n', 'hi\n']);
    // Sooner than a session that is being opened is given up, 10 s.
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(it.proxy.made).toBe(2);
  });

  remote('before the login is unreachable within the deadline', async () => {
    const it = await scene();
    it.proxy.blackHole();
    const began = performance.now();
    const target = it.desk.open('host', it.inventory);
    await expect(target.run('true', [])).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('no login within 10 s'),
    });
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  remote('and whose command is cancelled gives up within bounds', async () => {
    const it = await scene();
    const controller = new AbortController();
    const target = it.desk.open('host', it.inventory, {
      step: 'cancel',
      verb: 'apply',
      signal: controller.signal,
    });
    const running = target.run('sh', speakAndSleep, { timeout: '90s' });
    running.catch(() => undefined);
    const pid = await pidPrinted(it, 'cancel');
    it.proxy.blackHole();
    const reason = new Error('cancelled');
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect((await it.desk.notes()).join('\n')).toContain('it may still run there');
    process.kill(pid, 'SIGKILL');
  });
});

describe('a connection that', () => {
  remote('is reset under a command is lost, and says so', async () => {
    const it = await scene();
    const target = it.desk.open('host', it.inventory, { step: 'reset' });
    const running = target.run('sh', speakAndSleep);
    running.catch(() => undefined);
    const pid = await pidPrinted(it, 'reset');
    it.proxy.reset();
    await expect(running).rejects.toMatchObject({ code: 'unreachable' });
    expect((await target.run('echo', ['again'])).stdout).toBe('again\n');
    process.kill(pid, 'SIGKILL');
  });

  remote('is reset under a change: what runs on is stopped before the next look', async () => {
    const it = await scene();
    const attempt = { step: 'lost', signal: new AbortController().signal };
    const changing = it.desk.open('host', it.inventory, { ...attempt, verb: 'apply' });
    const running = changing.run('sh', speakAndSleep);
    running.catch(() => undefined);
    const pid = await pidPrinted(it, 'lost');
    it.proxy.reset();
    await expect(running).rejects.toMatchObject({ code: 'unreachable' });
    const looking = it.desk.open('host', it.inventory, { ...attempt, verb: 'check' });
    expect((await looking.run('echo', ['again'])).stdout).toBe('again\n');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  remote('comes byte by byte is too slow, and does not hang', async () => {
    const it = await scene();
    it.proxy.drip(200);
    const target = it.desk.open('host', it.inventory);
    await expect(target.run('true', [])).rejects.toMatchObject({ code: 'unreachable' });
  });

  remote('is far away works all the same', async () => {
    const it = await scene();
    it.proxy.delay(50);
    const target = it.desk.open('host', it.inventory, { verb: 'apply' });
    const { stdout } = await target.run('seq', ['1', '20000']);
    expect(stdout.split('\n')).toHaveLength(20_001);
  });
});

describe('an address where nobody is', () => {
  remote('is unreachable, with the reason', async () => {
    const it = await scene();
    const refused = inventoryOf([sshSpec('gone', it.sshd, { port: 1 })]);
    await expect(it.desk.open('gone', refused).run('true', [])).rejects.toMatchObject({
      code: 'unreachable',
      class: 'transient',
      message: 'gone (127.0.0.1 port 1): connection refused: nothing listens there',
    });
    const nameless = inventoryOf([sshSpec('gone', it.sshd, { address: 'no-such-host.invalid' })]);
    await expect(it.desk.open('gone', nameless).run('true', [])).rejects.toMatchObject({
      code: 'unreachable',
    });
  });
});

describe('a login shell that', () => {
  remote('prints on both streams does not mix with the command', async () => {
    const noise = 'echo "Last login: today"; echo "disk is 90% full" >&2; printf "no newline"';
    const it = await scene({ bashrc: noise });
    for (const verb of ['check', 'apply'] as const) {
      const target = it.desk.open('host', it.inventory, { verb });
      const result = await target.run('sh', ['-c', 'echo out; echo err >&2']);
      expect(result).toMatchObject({ stdout: 'out\n', stderr: 'err\n', exitCode: 0 });
    }
    expect((await it.desk.notes()).join('\n')).toContain('disk is 90% full');
  });

  remote('ends before it comes to the command is no answer of the command', async () => {
    const it = await scene({ bashrc: 'echo "This account is closed."; exit 0' });
    const target = it.desk.open('host', it.inventory);
    await expect(target.run('true', [], { exits: 'any' })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/ended with exit 0 before the command began: This account/),
    });
  });

  remote('is replaced by another program is no answer of the command', async () => {
    const it = await scene({ config: ['ForceCommand echo {}; exit 0'] });
    const target = it.desk.open('host', it.inventory);
    await expect(target.json('echo', ['[]'])).rejects.toMatchObject({ code: 'unreachable' });
  });

  remote('never comes to the command is given up', async () => {
    const it = await scene({ bashrc: 'sleep 60' });
    const target = it.desk.open('host', it.inventory);
    const began = performance.now();
    await expect(target.run('true', [], { timeout: 1500 })).rejects.toMatchObject({
      code: 'command-timeout',
      message: expect.stringContaining('did not even begin'),
    });
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

describe('a command that', () => {
  remote('ends without a status is not taken for a success', async () => {
    const it = await scene();
    const target = it.desk.open('host', it.inventory, { step: 'no-status' });
    const running = target.run('sh', speakAndSleep, { exits: 'any' });
    running.catch(() => undefined);
    const pid = await pidPrinted(it, 'no-status');
    for (const child of await it.sshd.children()) {
      if (child !== pid) process.kill(child, 'SIGKILL');
    }
    await expect(running).rejects.toMatchObject({ code: 'unreachable' });
    if (alive(pid)) process.kill(pid, 'SIGKILL');
  });

  remote('asks for a terminal gets none, and does not wait', async () => {
    const it = await scene();
    const target = it.desk.open('host', it.inventory);
    const asking = target.run('sh', ['-c', 'read answer </dev/tty && echo "$answer"']);
    await expect(asking).rejects.toMatchObject({ code: 'command-failed' });
  });
});
