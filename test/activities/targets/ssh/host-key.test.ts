import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, jest } from '@jest/globals';
import { needs } from '../../../needs.js';
import { inventoryOf, openDesk, sshSpec, type Desk } from '../desk.js';
import { sshdNeeds, startSshd, type Sshd } from '../sshd.js';
import type { RunbookError } from '../../../../core/errors.js';

// Keys are made and programs started: on a busy machine that takes its time.
jest.setTimeout(120_000);

const remote = needs(sshdNeeds);
const servers: Sshd[] = [];
const desks: Desk[] = [];

async function serve(...options: Parameters<typeof startSshd>): Promise<Sshd> {
  const sshd = await startSshd(...options);
  servers.push(sshd);
  return sshd;
}

/** What a command on the host ends with, when known_hosts has this text. */
async function tryWith(
  sshd: Sshd,
  known: string,
): Promise<{ error: RunbookError | null; file: string }> {
  const desk = await openDesk();
  desks.push(desk);
  const file = join(desk.folder, 'known_hosts');
  await writeFile(file, known);
  const target = desk.open('host', inventoryOf([sshSpec('host', sshd)]), { verb: 'apply' });
  const error = await target.run('true', []).then(
    () => null,
    (reason: RunbookError) => reason,
  );
  return { error, file };
}

afterEach(async () => {
  await Promise.all(desks.splice(0).map((desk) => desk.close()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

function fingerprintOf(sshd: Sshd, type = 'ed25519'): string {
  const file = join(sshd.folder, `host_${type}.pub`);
  return execFileSync('ssh-keygen', ['-lf', file]).toString().split(' ')[1] ?? '';
}

/** Not even the name of the user was sent. */
function expectNothingSent(sshd: Sshd): void {
  expect(sshd.log()).not.toMatch(/Accepted|Failed|invalid user|authenticating user/);
}

describe('a host', () => {
  remote('that is not in known_hosts is refused before anything is sent', async () => {
    const sshd = await serve();
    const { error, file } = await tryWith(sshd, '');
    expect(error).toMatchObject({ code: 'host-key-unknown', class: 'permanent' });
    expect(error?.message).toContain(fingerprintOf(sshd));
    expect(error?.message).toContain(file);
    expect(error?.hint).toContain(`ssh-keyscan -p ${sshd.port} 127.0.0.1 >> ${file}`);
    expectNothingSent(sshd);
  });

  remote('with another key than the known one is refused before anything is sent', async () => {
    const [sshd, other] = [await serve(), await serve()];
    const known = `# first line\n[127.0.0.1]:${sshd.port} ${other.hostKeys['ed25519']}\n`;
    const { error, file } = await tryWith(sshd, known);
    expect(error).toMatchObject({ code: 'host-key-changed', class: 'permanent' });
    expect(error?.message).toContain(fingerprintOf(sshd));
    expect(error?.message).toContain(`${fingerprintOf(other)} (${file}:2)`);
    expectNothingSent(sshd);
  });

  remote('whose key is revoked is refused, though it is known', async () => {
    const sshd = await serve();
    const name = `[127.0.0.1]:${sshd.port}`;
    const { error, file } = await tryWith(
      sshd,
      `${sshd.knownHosts}@revoked ${name} ${sshd.hostKeys['ed25519']}\n`,
    );
    expect(error).toMatchObject({ code: 'host-key-changed', class: 'permanent' });
    expect(error?.message).toContain(`${file}:2 marks as revoked`);
    expectNothingSent(sshd);
  });

  remote('that only a certificate authority vouches for is refused in clear words', async () => {
    const sshd = await serve();
    const { error, file } = await tryWith(sshd, `@cert-authority * ${sshd.hostKeys['ed25519']}\n`);
    expect(error).toMatchObject({ code: 'host-key-unknown', class: 'permanent' });
    expect(error?.message).toContain(`${file}:1 names only a certificate authority`);
    expectNothingSent(sshd);
  });

  remote('known on another port is not known', async () => {
    const sshd = await serve();
    const { error } = await tryWith(sshd, `127.0.0.1 ${sshd.hostKeys['ed25519']}\n`);
    expect(error).toMatchObject({ code: 'host-key-unknown' });
    expectNothingSent(sshd);
  });

  remote('with several keys shows the one that is known', async () => {
    const sshd = await serve({ hostKeys: ['ed25519', 'ecdsa', 'rsa'] });
    for (const type of ['rsa', 'ecdsa', 'ed25519']) {
      const known = `[127.0.0.1]:${sshd.port} ${sshd.hostKeys[type]}\n`;
      expect(await tryWith(sshd, known)).toMatchObject({ error: null });
    }
  });

  remote('that no longer has the known type of key is refused with what it shows', async () => {
    const sshd = await serve({ hostKeys: ['ed25519'] });
    const other = await serve({ hostKeys: ['rsa'] });
    const known = `[127.0.0.1]:${sshd.port} ${other.hostKeys['rsa']}\n`;
    const { error } = await tryWith(sshd, known);
    expect(error).toMatchObject({ code: 'host-key-changed' });
    expect(error?.message).toContain(fingerprintOf(sshd));
    expectNothingSent(sshd);
  });

  remote('is found by its hashed name', async () => {
    const sshd = await serve();
    const desk = await openDesk([sshd]);
    desks.push(desk);
    const file = join(desk.folder, 'known_hosts');
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
    expect(await readFile(file, 'utf8')).toMatch(/^\|1\|/);
    const target = desk.open('host', inventoryOf([sshSpec('host', sshd)]));
    expect((await target.run('echo', ['hi'])).stdout).toBe('hi\n');
  });
});
