import { describe, expect, test } from '@jest/globals';
import {
  atLeast,
  findBinary,
  serverVersion,
  type BinaryDeps,
} from '../../../client/embedded/binary.js';
import { goVersion } from '../../../client/embedded/build.js';
import { serverArgs } from '../../../client/embedded/server-args.js';
import { tellingLine } from '../../../client/embedded/spawn.js';

test.each([
  ['temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)\n', '1.29.1'],
  ['temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)', '1.31.2'],
  ['tctl 1.18', null],
  ['', null],
])('server version of %j', (text, version) => {
  expect(serverVersion(text)).toBe(version);
});

test.each([
  ['1.29.0', '1.29.0', true],
  ['1.29.1', '1.29.0', true],
  ['1.100.0', '1.29.0', true],
  ['2.0.0', '1.29.0', true],
  ['1.28.9', '1.29.0', false],
  ['0.30.0', '1.29.0', false],
])('%s is at least %s: %p', (version, least, answer) => {
  expect(atLeast(version, least)).toBe(answer);
});

test.each([
  ['go version go1.26.8 linux/amd64', '1.26.8'],
  ['go version go1.25 darwin/arm64', '1.25.0'],
  ['nonsense', null],
])('%s', (text, version) => {
  expect(goVersion(text)).toBe(version);
});

describe('findBinary', () => {
  const deps = (
    versions: Record<string, string>,
    environment: Record<string, string>,
  ): BinaryDeps => ({
    environment,
    cache: '/cache',
    isExecutable: (path) => path in versions,
    versionText: async (path) => versions[path] ?? null,
  });
  const good = 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)';
  const old = 'temporal version 1.0.0 (Server 1.24.0, UI 2.30.0)';
  const part = '/cache/parts/current/temporal/temporal';

  test('the one that is named comes first', async () => {
    const found = findBinary(
      deps(
        { '/my/temporal': good, '/bin/temporal': good },
        { PATH: '/bin', RUNBOOK_TEMPORAL_CLI: '/my/temporal' },
      ),
    );
    expect(await found).toEqual({ path: '/my/temporal', version: '1.29.1' });
  });

  test('a name that will not do is an error, and nothing else is tried', async () => {
    const wrong = { PATH: '/bin', RUNBOOK_TEMPORAL_CLI: '/my/temporal' };
    await expect(findBinary(deps({ '/bin/temporal': good }, wrong))).rejects.toThrow(
      'no program /my/temporal',
    );
    await expect(findBinary(deps({ '/my/temporal': old }, wrong))).rejects.toThrow(
      'has server 1.24.0',
    );
  });

  test('PATH, then the parts of a lab, then what was built', async () => {
    const all = { '/bin/temporal': good, [part]: good, '/cache/bin/temporal': good };
    expect(await findBinary(deps(all, { PATH: '/none:/bin' }))).toMatchObject({
      path: '/bin/temporal',
    });
    expect(await findBinary(deps(all, { PATH: '/none' }))).toMatchObject({ path: part });
    const { '/cache/bin/temporal': built } = all;
    expect(await findBinary(deps({ '/cache/bin/temporal': built }, {}))).toMatchObject({
      path: '/cache/bin/temporal',
    });
  });

  test('one that is too old is passed over, and told', async () => {
    const found = await findBinary(deps({ '/bin/temporal': old }, { PATH: '/bin' }));
    expect(found).toEqual({
      rejected: ['/bin/temporal has server 1.24.0; 1.29.0 or newer is needed'],
    });
  });
});

test('the server listens on this machine alone, keeps every commit, and wastes no time', () => {
  const args = serverArgs({ port: 20001, ui: 20002 }, '/state/t.db', '');
  const line = args.join(' ');
  expect(line).toContain('--ip 127.0.0.1 --port 20001 --ui-port 20002 --db-filename /state/t.db');
  expect(line).toContain('--sqlite-pragma journal_mode=WAL --sqlite-pragma synchronous=FULL');
  expect(args).toContain('history.timerProcessorMaxTimeShift="20ms"');
  expect(args).toContain('history.workflowTaskRetryMaxInterval="7s"');
  expect(line).not.toContain('--ui-disable-news-fetch');
  expect(
    serverArgs({ port: 1, ui: 2 }, 'x', '  --ui-disable-news-fetch  Disable').join(' '),
  ).toContain('--ui-disable-news-fetch');
  const codec = (help: string, wanted: boolean): string =>
    serverArgs({ port: 20002, ui: 20003 }, 'x', help, wanted).join(' ');
  expect(codec('--ui-codec-endpoint string', true)).toContain(
    '--ui-codec-endpoint http://127.0.0.1:14001',
  );
  expect(codec('--ui-codec-endpoint string', false)).not.toContain('codec');
  expect(codec('', true)).not.toContain('codec');
});

test('of a log, the line that tells', () => {
  expect(tellingLine('a\nTypeError: x is not a function\n    at foo\n\nNode.js v20\n')).toBe(
    'TypeError: x is not a function',
  );
  expect(tellingLine('first\nlast\n')).toBe('last');
  expect(tellingLine('')).toBe('');
});
