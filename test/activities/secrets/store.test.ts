import { chmodSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSecretStore } from '../../../activities/secrets/store.js';
import type { SecretSource } from '../../../core/definition/secrets.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'runbook-secrets-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const never = new AbortController().signal;

function valueOf(source: SecretSource, environment: Record<string, string> = {}): Promise<string> {
  const store = createSecretStore(
    { it: source },
    {
      folder,
      environment: { PATH: process.env['PATH'] ?? '', ...environment },
      resolve: (path) => join(folder, path),
    },
  );
  return store.values(['it'], never).then((values) => values.get('it') ?? '');
}

function file(name: string, content: string | Buffer, mode = 0o600): SecretSource {
  writeFileSync(join(folder, name), content);
  chmodSync(join(folder, name), mode);
  return { file: name };
}

const sh = (script: string, more: object = {}): SecretSource => ({
  command: ['sh', '-c', script],
  ...more,
});

describe('a value comes', () => {
  test('from the environment', async () => {
    expect(await valueOf({ env: 'TOKEN' }, { TOKEN: 's3cr3t' })).toBe('s3cr3t');
  });
  test('from a file, without its last newline', async () => {
    expect(await valueOf(file('a', 'one\ntwo\n\n'))).toBe('one\ntwo\n');
    expect(await valueOf(file('b', 's3cr3t\r\n', 0o400))).toBe('s3cr3t');
    expect(await valueOf({ ...file('c', 'a key\n'), keepNewline: true })).toBe('a key\n');
  });
  test('from a command in the folder of the project', async () => {
    file('d', 's3cr3t\n');
    expect(await valueOf(sh('cat d'))).toBe('s3cr3t');
  });
  test('from a command that leaves something running', async () => {
    expect(await valueOf(sh('echo s3cr3t; sleep 30 & exit 0'))).toBe('s3cr3t');
  });
});

describe('a value is not taken', () => {
  const refused = (source: SecretSource | (() => SecretSource), message: string | RegExp) =>
    expect(valueOf(typeof source === 'function' ? source() : source)).rejects.toMatchObject({
      code: 'secret-unavailable',
      class: 'permanent',
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });

  test('from a variable that is not set, or empty', async () => {
    await refused({ env: 'TOKEN' }, /secret 'it': the environment variable TOKEN is not set where/);
  });
  test('from a file that others may read', async () => {
    await refused(() => file('e', 's3cr3t', 0o640), /e has mode 0640: others may use it/);
    await refused(() => file('f', 's3cr3t', 0o604), /f has mode 0604/);
  });
  test('from a file that is not there, or none', async () => {
    await refused({ file: 'nothing' }, /nothing: there is no such file/);
    mkdirSync(join(folder, 'dir'), { mode: 0o700 });
    await refused({ file: 'dir' }, /dir is not a file/);
  });
  test('from a file that is empty, large, short or no text', async () => {
    await refused(() => file('g', '\n'), /it is empty/);
    await refused(() => file('h', 'abc\n'), /fewer than 4 characters/);
    await refused(() => file('i', 'x'.repeat(70_000)), /longer than 65536 bytes/);
    await refused(() => file('j', Buffer.from([0xff, 0xfe, 0x41, 0x42])), /not text/);
  });
  test('from a command that fails, and what it printed is not told', async () => {
    await refused(
      sh('echo s3cr3t; echo "no entry for s3cr3t" >&2; exit 3'),
      /sh ended with exit code 3: no entry for \*\*\*$/,
    );
  });
  test('from a command that hangs, of which nothing is left', async () => {
    await refused(sh('sleep 60 & sleep 60', { timeout: '100ms' }), /did not end within 0\.1 s/);
  });
  test('from a program that is not there', async () => {
    await refused({ command: ['no-such-program-here'] }, /could not be started/);
  });
});

test('a name that the project does not have is told with the nearest', async () => {
  const store = createSecretStore(
    { dbPassword: { env: 'A' } },
    { folder, environment: {}, resolve: (path) => path },
  );
  await expect(store.values(['dbPasword'], never)).rejects.toMatchObject({
    code: 'secret-unavailable',
    hint: "did you mean 'dbPassword'?",
  });
  await expect(store.values(['constructor'], never)).rejects.toMatchObject({
    code: 'secret-unavailable',
  });
});
