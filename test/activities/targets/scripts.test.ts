import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect } from '@jest/globals';
import { changeScript, onceScript } from '../../../activities/targets/scripts.js';
import { needs } from '../../needs.js';
import { until } from './processes.js';

const test = needs({ linux: true, commands: ['timeout', 'tee', 'mkfifo'] });
const uid = process.getuid?.() ?? 0;
const base = uid === 0 ? '/run/runbook' : `/tmp/runbook-${uid}`;
let operation = '';
let folder = '';
let programs = '';
let runs = 0;

beforeEach(() => {
  runs += 1;
  const itsRun = `scripts-${process.pid}-${runs}`;
  operation = `${itsRun}_0123456789abcdef01234567`;
  folder = join(base, 'ops', itsRun);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  programs = mkdtempSync(join(tmpdir(), 'runbook-programs-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(programs, { recursive: true, force: true });
});

/** Path of a file of the operation. */
function file(name: string): string {
  return join(folder, `${operation}.${name}`);
}

/** What is kept of the operation; there is nothing else in the folder of its run. */
function left(): string[] {
  return readdirSync(folder).map((name) => name.replace(`${operation}.`, ''));
}

/** Starts it as attempt 5, without leases, under what is to enter another place. */
function start(script: string, more: readonly string[], enter: readonly string[] = []) {
  const path = `${programs}:/usr/sbin:/usr/bin:/sbin:/bin`;
  const head = ['mark', '20', path, '0', operation, '5', 'id', 'apply', '', '0'];
  return spawn('env', [...enter, '/bin/sh', '-c', script, 'runbook', ...head, ...more]);
}

/** What it says, with how it ended. */
async function run(script: string, ...more: readonly string[]): Promise<string> {
  const child = start(script, more);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const said = await text(child.stdout);
  return `${said}exit ${await ended}`;
}

/** A later attempt comes when the script starts this program, which does its work then. */
function comesWith(program: string): void {
  const real = `command -p ${program} "$@"`;
  const script = `#!/bin/sh\n: >>'${file('claim.9')}'\n${real}\n`;
  writeFileSync(join(programs, program), script, { mode: 0o755 });
}

test('a later attempt that comes before the command has begun refuses it, and keeps its claim', async () => {
  // Of the attempt before: it is forgotten, for which rm is started, after the first look for others.
  writeFileSync(file('end.3.old'), '0\n');
  comesWith('rm');
  expect(await run(onceScript, 'all', 'sh', '-c', 'echo ran')).toMatch(
    /^\x1emark superseded 9\nexit 125$/,
  );
  // Neither a command that was begun, nor the end of one.
  expect(left()).toEqual(['claim.5', 'claim.9']);
});

test('what must not happen twice leaves its end and what it printed, and nothing else', async () => {
  const said = await run(onceScript, 'all', 'sh', '-c', 'echo ran; echo also >&2; exit 3');
  expect(said).toMatch(/^\x1emark run \S+ .*\nran\nexit 3$/);
  expect(left()).toEqual(['claim.5', 'end.5.id', 'err.5.id', 'out.5.id']);
});

for (const kept of ['all', 'end'] as const) {
  test(`it goes on when nobody reads what it prints any more; kept: ${kept}`, async () => {
    const command =
      'while [ ! -e "$0/go" ]; do sleep 0.05; done; echo on; sleep 0.2; echo off; exit 3';
    const child = start(onceScript, [kept, 'sh', '-c', command, programs]);
    await once(child.stderr, 'data');
    child.stdout.destroy();
    child.stderr.destroy();
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    writeFileSync(join(programs, 'go'), '');
    expect(await ended).toBe(3);
    expect(readFileSync(file('end.5.id'), 'utf8')).toBe('3\n');
    const printed = kept === 'all' ? ['err.5.id', 'out.5.id'] : [];
    expect(left()).toEqual(['claim.5', 'end.5.id', ...printed]);
  });
}

test('what may be repeated leaves its claim alone', async () => {
  expect(await run(changeScript, 'sh', '-c', 'echo ran; exit 3')).toMatch(/\nran\nexit 3$/);
  await until(() => left().length === 1);
  expect(left()).toEqual(['claim.5']);
});

test('a record that is empty is of a command that has ended: nothing is stopped, and it is removed', async () => {
  writeFileSync(file('run.3.old'), '');
  const said = await run(changeScript, 'sh', '-c', 'echo ran');
  expect(said).not.toContain('stopped');
  expect(said).toMatch(/\nran\nexit 0$/);
  await until(() => left().length === 1);
  expect(left()).toEqual(['claim.5']);
});

test('a session whose number was another one before is left alone', async () => {
  const stranger = spawn('sh', ['-c', 'sleep 60 & echo $!; wait'], { detached: true });
  try {
    const [line] = (await once(stranger.stdout, 'data')) as [Buffer];
    const sleeping = Number(line.toString());
    // Of a command that is gone, and was there before the stranger came; no process has the number 2^22 + 1.
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const record = `4194305 1 ${stranger.pid} ${boot} apply\n`;
    writeFileSync(file('run.3.old'), record);
    const said = await run(changeScript, 'sh', '-c', 'echo ran');
    expect(said).not.toContain('stopped');
    expect(said).toMatch(/\nran\nexit 0$/);
    expect(readFileSync(`/proc/${sleeping}/comm`, 'utf8')).toBe('sleep\n');
    await until(() => left().length === 1);
    expect(left()).toEqual(['claim.5']);
  } finally {
    process.kill(-(stranger.pid ?? NaN), 'SIGKILL');
  }
});

const withNamespace = needs({
  linux: true,
  root: true,
  commands: ['timeout', 'unshare', 'nsenter'],
});

withNamespace(
  "where a session is outside of the process namespace it is not the command's own",
  async () => {
    const program = ['sh', '-c', 'echo; sleep 60'];
    const inside = spawn('unshare', [
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      ...program,
    ]);
    try {
      await once(inside.stdout, 'data');
      const children = readFileSync(`/proc/${inside.pid}/task/${inside.pid}/children`, 'utf8');
      const enter = ['nsenter', `--target=${children.trim()}`, '--pid', '--mount'];
      const said = text(
        start(changeScript, ['cut', '-d ', '-f6', '/proc/self/stat'], enter).stdout,
      );
      // All sessions of outside have the number 0 there.
      expect(await said).toMatch(/^\x1emark run - .*\n0\n$/);
    } finally {
      inside.kill('SIGKILL');
    }
  },
);
