import { afterEach, describe, expect, jest } from '@jest/globals';
import { needs } from '../../../needs.js';
import { inventoryOf, openDesk, sshSpec, type Desk } from '../desk.js';
import { startProxy, type Proxy } from '../proxy.js';
import { sshdNeeds, startSshd, type Sshd, type SshdOptions } from '../sshd.js';
import { signal, until } from '../processes.js';

// Keys are made and programs started: on a busy machine that takes its time.
jest.setTimeout(120_000);

const remote = needs(sshdNeeds);
const open: { sshd?: Sshd; desk?: Desk; proxy?: Proxy } = {};

async function serve(options: SshdOptions = {}): Promise<{ sshd: Sshd; desk: Desk }> {
  const sshd = await startSshd(options);
  open.sshd = sshd;
  const desk = await openDesk([sshd]);
  open.desk = desk;
  return { sshd, desk };
}

afterEach(async () => {
  await open.desk?.close();
  await open.proxy?.close();
  await open.sshd?.stop();
  delete open.desk;
  delete open.proxy;
  delete open.sshd;
});

describe('sshd that is strict', () => {
  remote(
    'with two sessions per connection makes commands wait, not fail',
    async () => {
      const { sshd, desk } = await serve({ config: ['MaxSessions 2'] });
      const target = desk.open('host', inventoryOf([sshSpec('host', sshd)]));
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          target.run('sh', ['-c', 'sleep 0.05; echo "$1"', 'x', `${at}`]),
        ),
      );
      expect(answers.map((answer) => answer.stdout)).toEqual(
        Array.from({ length: 20 }, (_, at) => `${at}\n`),
      );
      expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(1);
    },
    30_000,
  );

  const agreements = [
    { offers: 'what OpenSSH does', config: [], agreed: 'ecdh-sha2-nistp256' },
    {
      offers: 'no curve of NIST',
      config: ['KexAlgorithms -ecdh-sha2-nistp*'],
      agreed: 'curve25519-sha256@libssh.org',
    },
    {
      offers: 'no curve at all',
      config: ['KexAlgorithms diffie-hellman-group16-sha512'],
      agreed: 'diffie-hellman-group16-sha512',
    },
  ];
  for (const { offers, config, agreed } of agreements) {
    remote(`that offers ${offers} agrees on ${agreed}`, async () => {
      const { sshd, desk } = await serve({ config: ['LogLevel DEBUG', ...config] });
      const target = desk.open('host', inventoryOf([sshSpec('host', sshd)]));
      await target.run('true', []);
      expect(sshd.log()).toContain(`kex: algorithm: ${agreed} `);
    });
  }

  remote('without any session is unreachable, and says so', async () => {
    const { sshd, desk } = await serve({ config: ['MaxSessions 0'] });
    const target = desk.open('host', inventoryOf([sshSpec('host', sshd)]));
    await expect(target.run('true', [])).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('opens no session'),
    });
  });

  remote(
    'with stock MaxStartups takes 50 connections at once',
    async () => {
      const { sshd, desk } = await serve();
      // Different names of known_hosts files make different connections of one host.
      const hosts = Array.from({ length: 50 }, (_, at) =>
        sshSpec(`h${at}`, sshd, { knownHosts: `${desk.folder}/${'./'.repeat(at)}known_hosts` }),
      );
      const inventory = inventoryOf(hosts);
      const answers = await Promise.all(
        hosts.map((host) => desk.open(host.name, inventory).run('echo', [host.name])),
      );
      expect(answers.map((answer) => answer.stdout)).toEqual(hosts.map((host) => `${host.name}\n`));
      expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(50);
    },
    60_000,
  );

  remote('that drops a connection before it speaks is asked again', async () => {
    const { sshd, desk } = await serve();
    const proxy = await startProxy(sshd.port);
    open.proxy = proxy;
    proxy.drop(3);
    const known = sshd.knownHosts.replaceAll(`:${sshd.port} `, `:${proxy.port} `);
    const own = await openDesk([{ ...sshd, knownHosts: known }]);
    try {
      const target = own.open('host', inventoryOf([sshSpec('host', sshd, { port: proxy.port })]));
      expect((await target.run('echo', ['hi'])).stdout).toBe('hi\n');
    } finally {
      await own.close();
    }
    expect(desk.folder).toBeTruthy();
  });
});

describe('connections', () => {
  remote(
    'are closed when nobody uses them, and opened again',
    async () => {
      const { sshd } = await serve();
      const desk = await openDesk([sshd], { idleMs: 200 });
      try {
        const target = desk.open('host', inventoryOf([sshSpec('host', sshd)]));
        await target.run('true', []);
        await until(async () => (await sshd.children()).length === 0, 45_000);
        expect((await target.run('echo', ['again'])).stdout).toBe('again\n');
      } finally {
        await desk.close();
      }
      await until(async () => (await sshd.children()).length === 0);
    },
    60_000,
  );

  remote('that died while they were idle are replaced unseen, for changes too', async () => {
    const { sshd, desk } = await serve();
    const target = desk.open('host', inventoryOf([sshSpec('host', sshd)]), { verb: 'apply' });
    await target.run('true', []);
    for (const pid of await sshd.children()) signal(pid, 'SIGKILL');
    expect((await target.run('echo', ['again'])).stdout).toBe('again\n');
    expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(2);
  });
});
