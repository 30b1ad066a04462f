import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from '@jest/globals';
import { tell } from '../../../activities/notify/command.js';
import { needs } from '../../needs.js';

const test = needs({ commands: ['sh', 'sleep'] });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runbook-notify-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const environment = { PATH: process.env['PATH'], TOPIC: 'ops' };

function run(argv: readonly string[], input = '{"id":"e-1"}', ms = 10_000): Promise<void> {
  const limit = { signal: new AbortController().signal, ms };
  return tell(input, argv, { folder, environment }, limit);
}

test('a command has the event as its input, the project as its folder, and the environment of the worker', async () => {
  writeFileSync(join(folder, 'notify.sh'), 'cat > taken; echo "$TOPIC $1" > said\n');
  await run(['sh', './notify.sh', '$(touch evil) two words']);
  expect(readFileSync(join(folder, 'taken'), 'utf8')).toBe('{"id":"e-1"}');
  expect(readFileSync(join(folder, 'said'), 'utf8')).toBe('ops $(touch evil) two words\n');
  expect(existsSync(join(folder, 'evil'))).toBe(false);
});

test('one that does not read its input is free to', async () => {
  await run(['true'], 'x'.repeat(1024 * 1024));
});

test('one that ends badly has not delivered; its last words are told', async () => {
  await expect(
    run(['sh', '-c', 'echo first >&2; echo no such topic >&2; exit 3']),
  ).rejects.toMatchObject({
    code: 'not-delivered',
    message: 'sh ended with exit code 3: no such topic',
  });
  await expect(run(['sh', '-c', 'kill -KILL $$'])).rejects.toMatchObject({
    message: 'sh was ended by SIGKILL',
  });
});

test('a program that is not there is no fault of runbook', async () => {
  await expect(run(['no-such-program'])).rejects.toMatchObject({
    code: 'not-delivered',
    message: expect.stringMatching(/^no-such-program could not be started: .*ENOENT/s),
  });
});

test('one that hangs is stopped with all that it has started', async () => {
  const pid = join(folder, 'pid');
  const script = `sleep 300 & echo $! > ${pid}; wait`;
  await expect(run(['sh', '-c', script], '', 1000)).rejects.toMatchObject({
    code: 'not-delivered',
    message: 'sh did not end within 1 s and was stopped',
  });
  const started = Number(readFileSync(pid, 'utf8'));
  // A killed process may stay in the table until its parent has looked.
  const gone = (): boolean => {
    const stat = join('/proc', String(started), 'stat');
    return !existsSync(stat) || / Z /.test(readFileSync(stat, 'utf8'));
  };
  while (!gone()) await new Promise((resolve) => setTimeout(resolve, 20));
});
