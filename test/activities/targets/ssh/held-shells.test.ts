import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Exit, Process } from '../../../../activities/targets/shell.js';
import { HeldShells } from '../../../../activities/targets/ssh/held-shells.js';

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const signal = new AbortController().signal;
let children: ChildProcess[] = [];
let folder: string;

beforeEach(async () => {
  children = [];
  folder = await mkdtemp(join(tmpdir(), 'rb-held-'));
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

function shell(): Process {
  const child = spawn('/bin/sh', { stdio: 'pipe', env: { PATH: path } });
  children.push(child);
  const exit = new Promise<Exit>((resolve) =>
    child.once('exit', (code) => resolve({ code, lost: null })),
  );
  const { stdin, stdout, stderr } = child;
  return { stdin, stdout, stderr, exit, abandon: () => void child.kill('SIGKILL') };
}

/** Shells that take `ms` to open, on a connection that has `places` for them. */
function held(ms: number, places = 8): HeldShells {
  return new HeldShells({
    open: async () => {
      await sleep(ms);
      return shell();
    },
    room: () => children.length < places,
    watch: () => () => undefined,
    answers: () => Promise.resolve(true),
    rests: () => undefined,
    lost: () => null,
  });
}

async function begin(shells: HeldShells, script: string, ...args: string[]) {
  const mark = randomBytes(8).toString('hex');
  return await shells.run([mark, '30', path, '0', 'sh', '-c', script, 'x', ...args], signal);
}

/** Runs a constant script; answers what it printed without the shell's own lines, or null where it got no shell. */
async function run(shells: HeldShells, script: string, ...args: string[]): Promise<string | null> {
  const process = await begin(shells, script, ...args);
  if (process === null) return null;
  process.stderr.resume();
  const printed = await text(process.stdout);
  return printed.replaceAll(/\u001e.*\n/g, '');
}

/** Says that it is at work, and waits until a file is there, or the folder gone. */
const awaits =
  'touch "$1/here.$2"; while [ -e "$1" ] && [ ! -e "$1/$3" ]; do sleep 0.02; done; echo done';

async function untilHere(nr: number): Promise<void> {
  const all = ['-c', 'until [ -e "$1" ]; do sleep 0.02; done', 'x', join(folder, `here.${nr}`)];
  await new Promise((resolve) => spawn('sh', all).once('exit', resolve));
}

test('quick commands that come at once share the one that is just being opened', async () => {
  const shells = held(1000);
  const numbers = Array.from({ length: 12 }, (_, nr) => `${nr}`);
  const printed = await Promise.all(numbers.map((nr) => run(shells, 'echo "$1"', nr)));
  expect(printed).toEqual(numbers.map((nr) => `${nr}\n`));
  expect(children).toHaveLength(1);
});

test('slow ones get shells of their own, and who finds no more of them goes without', async () => {
  const shells = held(0);
  const four = [1, 2, 3, 4].map((nr) => run(shells, awaits, folder, `${nr}`, 'go'));
  for (const nr of [1, 2, 3, 4]) await untilHere(nr);
  expect(await run(shells, 'echo never')).toBeNull();
  await writeFile(join(folder, 'go'), '');
  expect(await Promise.all(four)).toEqual(Array.from({ length: 4 }, () => 'done\n'));
  expect(await run(shells, 'echo after')).toBe('after\n');
  expect(children).toHaveLength(4);
});

test('without a session to spare nobody waits for one', async () => {
  const shells = held(0, 1);
  const slow = run(shells, awaits, folder, '1', 'go');
  await untilHere(1);
  expect(await run(shells, 'echo never')).toBeNull();
  await writeFile(join(folder, 'go'), '');
  expect(await slow).toBe('done\n');
});

test('who gives up a command that has ended does not take the shell from the next one', async () => {
  const shells = held(1000);
  const first = await begin(shells, awaits, folder, '1', 'go');
  const second = run(shells, awaits, folder, '2', 'end');
  await writeFile(join(folder, 'go'), '');
  first?.stderr.resume();
  first?.stdout.resume();
  await untilHere(2);
  first?.abandon();
  await writeFile(join(folder, 'end'), '');
  expect(await second).toBe('done\n');
  expect(children).toHaveLength(1);
});

test('one that ends meanwhile is replaced', async () => {
  const shells = held(0, 2);
  const first = run(shells, awaits, folder, '1', 'never');
  await untilHere(1);
  const second = run(shells, 'echo there');
  children[0]?.kill('SIGKILL');
  await first;
  expect(await second).toBe('there\n');
});

test('who waits learns that it is cancelled, and that none can be opened', async () => {
  const fails: ((error: Error) => void)[] = [];
  const shells = new HeldShells({
    open: () => new Promise((_, reject) => fails.push(reject)),
    room: () => true,
    watch: () => () => undefined,
    answers: () => Promise.resolve(true),
    rests: () => undefined,
    lost: () => null,
  });
  const said = (running: Promise<unknown>): Promise<unknown> =>
    running.catch((error: Error) => error.message);
  const controller = new AbortController();
  const first = said(shells.run(['x'], signal));
  const second = said(shells.run(['x'], signal));
  const cancelled = said(shells.run(['x'], controller.signal));
  controller.abort(new Error('cancelled'));
  expect(await cancelled).toBe('cancelled');
  fails[0]?.(new Error('no session'));
  expect(await first).toBe('no session');
  while (fails.length < 2) await sleep(1);
  fails[1]?.(new Error('none again'));
  expect(await second).toBe('none again');
});

test('a plain command says that it began, however the shell says it; and that it is not there', async () => {
  const shells = held(0);
  const plain = async (): Promise<{ readonly said: string; readonly exit: Exit }> => {
    const process = await shells.run(['0123456789abcdef', '30', path, '0', 'echo', 'hi'], signal);
    if (process === null) throw new Error('it got no shell');
    expect(process.untimed).toBe(true);
    expect(await text(process.stderr)).toBe('\u001e0123456789abcdef\n');
    return { said: await text(process.stdout), exit: await process.exit };
  };
  for (let i = 0; i < 2; i++) {
    const { said, exit } = await plain();
    expect(said).toMatch(/^\u001e0123456789abcdef run = \d+ \(sh\) .*\nhi\n$/);
    expect(exit).toEqual({ code: 0, lost: null });
  }
  const missing = await shells.run(
    ['0123456789abcdef', '30', '/none', '0', 'cat', '/dev/null'],
    signal,
  );
  missing?.stderr.resume();
  expect(missing && (await text(missing.stdout))).toBe('\u001e0123456789abcdef missing cat\n');
  expect(await missing?.exit).toEqual({ code: 127, lost: null });
  expect((await plain()).said).toMatch(/hi\n$/);
  expect(children).toHaveLength(1);
});

test('one whose host does not answer any more is given up', async () => {
  let there = true;
  const shells = new HeldShells({
    open: () => Promise.resolve(shell()),
    room: () => true,
    watch: () => () => undefined,
    answers: () => Promise.resolve(there),
    rests: () => undefined,
    lost: () => null,
  });
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const cat = ['0123456789abcdef', '30', path, '0', 'cat', fifo];
  const begun = await shells.run(cat, signal);
  expect(begun).not.toBeNull();
  begun?.abandon();
  there = false;
  expect(await shells.run(cat, signal)).toBeNull();
  // Both wait for somebody who writes.
  await writeFile(fifo, '');
});
