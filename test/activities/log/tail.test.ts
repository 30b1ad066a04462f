import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLogStore, logFolder, type LogStore } from '../../../activities/log/store.js';
import { lastLines } from '../../../activities/log/tail.js';

let dir: string;
let store: LogStore;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runbook-tail-'));
  store = createLogStore({ dir });
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

async function ran(step: string, line: string, output: readonly string[], code = 0): Promise<void> {
  const log = store.step({
    run: 'r',
    step,
    verb: 'apply',
    attempt: 1,
    secrets: ['hunter2-hunter2'],
  });
  const command = await log.command({ target: 'web-1', line, redactor: log.redactor([]) });
  for (const text of output) await command.stdout(Buffer.from(text));
  await command.end({ code, durationMs: 1 });
}

test('the last lines of a step: commands, what they printed, how they failed', async () => {
  await ran('other', 'uptime', ['not of this step\n']);
  await ran('drain', 'kubectl drain w0', ['evicting a\nevic', 'ting b\n'], 1);
  await ran('drain-all', 'true', ['another step\n']);
  expect(await lastLines(dir, 'r', 'drain', 20)).toEqual([
    '$ kubectl drain w0',
    'evicting a',
    'evicting b',
    'exit 1',
  ]);
  expect(await lastLines(dir, 'r', 'drain', 2)).toEqual(['evicting b', 'exit 1']);
});

test('targets and inner steps belong to their step; each has its own', async () => {
  await ran('routes[a]', 'true', ['at a\n']);
  await ran('routes[b]', 'true', ['at b\n']);
  expect(await lastLines(dir, 'r', 'routes', 20)).toEqual(['$ true', 'at a', '$ true', 'at b']);
  expect(await lastLines(dir, 'r', 'routes[b]', 20)).toEqual(['$ true', 'at b']);
});

test('no secret, nothing that moves a cursor, no endless line, no script', async () => {
  await ran('s', "sh -c 'set -e\nrm -r x'", [
    'token hunter2-hunter2\n\u001b[2Jred\n',
    `${'x'.repeat(5000)}\n`,
  ]);
  const [script, secret, colour, long] = await lastLines(dir, 'r', 's', 20);
  expect(script).toBe("$ sh -c 'set -e …");
  expect(secret).not.toContain('hunter2');
  expect(colour).toBe('\\x1b[2Jred');
  expect(Buffer.byteLength(long ?? '')).toBeLessThanOrEqual(500);
});

test('a log that is not there, or torn, gives what there is', async () => {
  expect(await lastLines(dir, 'none', 's', 20)).toEqual([]);
  await ran('s', 'true', ['whole\n']);
  await appendFile(join(logFolder(dir, 'r'), 'worker.ndjson'), '{"seq":9,"at":"20');
  expect(await lastLines(dir, 'r', 's', 20)).toEqual(['$ true', 'whole']);
});
