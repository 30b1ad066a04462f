import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { readLog } from '../../../activities/log/read.js';
import type { Inventory } from '../../../core/definition/inventory.js';
import type { ExitEntry } from '../../../core/run/log.js';
import { needs } from '../../needs.js';
import { openBoth, type BothPlaces } from './both-places.js';
import { newRun, type Desk } from './desk.js';
import { sshdNeeds } from './sshd.js';
import { startWorker } from './worker-process.js';

jest.setTimeout(180_000);

const total = 150_000_000;
/** Scripts that print that many bytes: no text, and text. The fault suite has others. */
const zeros = `head -c ${total} /dev/zero`;
const lines = `yes 'a line of text, and another' | head -c ${total}`;
/** What is in memory at most besides what was there before, bytes; measured: 30 to 60 MB, 103 on a busy machine. */
const bound = 130_000_000;

let both: BothPlaces;
let desk: Desk;
let inventory: Inventory;

beforeAll(async () => {
  both = await openBoth();
  ({ desk, inventory } = both);
});
afterAll(async () => {
  await both.close();
});

async function flood(
  target: string,
  script: string,
): Promise<[Record<string, unknown>, ExitEntry]> {
  const run = newRun();
  const worker = startWorker({
    stateDir: desk.folder,
    knownHosts: join(desk.folder, 'known_hosts'),
    inventory,
    target,
    run,
    step: 'flood',
    verb: 'check',
    attempt: 1,
    fence: 1,
    timeout: '150s',
    command: ['sh', '-c', script],
  });
  const answer = (await worker.answer) as Record<string, unknown>;
  let after = {};
  for (;;) {
    const page = await readLog(join(desk.folder, 'logs'), run, { after, maxBytes: 1e9 });
    expect(page.problems).toEqual([]);
    const exit = page.entries.find((entry) => entry.kind === 'exit');
    if (exit?.kind === 'exit') return [answer, exit];
    if (page.end) throw new Error(`no exit in the log; the worker said ${JSON.stringify(answer)}`);
    after = page.position;
  }
}

function sha256(script: string): string {
  return (
    execFileSync('sh', ['-c', `${script} | sha256sum`])
      .toString()
      .split(' ')[0] ?? ''
  );
}

describe.each([
  { target: 'local', can: needs({ linux: true, commands: ['timeout'] }) },
  { target: 'router', can: needs(sshdNeeds) },
])('150 MB from $target', ({ target, can }) => {
  can('of NUL bytes are hashed and logged, and need little memory', async () => {
    const [answer, exit] = await flood(target, zeros);
    expect(answer).toMatchObject({ exitCode: 0, truncated: true });
    expect(answer['grownBytes']).toBeLessThan(bound);
    expect(exit.exit).toMatchObject({ code: 0, stdoutBytes: total, sha256: sha256(zeros) });
  });

  can('of errors, and a failure at the end: the message has one line of it', async () => {
    const [answer, exit] = await flood(target, `{ ${lines}; echo; echo gone >&1; } >&2; exit 3`);
    expect(answer).toMatchObject({
      code: 'command-failed',
      message: expect.stringMatching(/exit 3: gone$/),
    });
    expect(String(answer['message']).length).toBeLessThan(1000);
    expect(answer['grownBytes']).toBeLessThan(bound);
    expect(exit.exit).toMatchObject({ code: 3, stdoutBytes: 0, stderrBytes: total + 6 });
  });
});
