import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { commandsOf, longestOutput } from '../../../client/state/commands.js';
import { Appended, lastNumbers, logFiles, readLog } from '../../../client/state/log-files.js';
import { openTail } from '../../../client/state/tail.js';
import { unicode } from '../../../client/view/glyphs.js';
import { logLines } from '../../../client/view/log.js';
import { belongs, formatLogLine, type LogEntry } from '../../../core/run/log.js';
import { at, noon, read } from '../records.js';

let state = '';
let folder = '';
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'rb-logs-'));
  folder = join(state, 'logs/r-1');
  mkdirSync(folder, { recursive: true });
});
afterEach(() => rmSync(state, { recursive: true }));

const base = (seq: number, seconds: number, step: string) =>
  ({ seq, at: at(seconds), step, verb: 'apply', attempt: 1, target: 'web-1' }) as const;
const command = (seq: number, seconds: number, step: string, text: string): LogEntry => ({
  ...base(seq, seconds, step),
  kind: 'command',
  text,
});
const out = (seq: number, seconds: number, step: string, of: number, text: string): LogEntry => ({
  ...base(seq, seconds, step),
  kind: 'stdout',
  of,
  text,
});
const exit = (
  seq: number,
  seconds: number,
  step: string,
  of: number,
  code: number | null,
): LogEntry => ({
  ...base(seq, seconds, step),
  kind: 'exit',
  of,
  exit: {
    code,
    durationMs: 1500,
    stdoutBytes: 1,
    stderrBytes: 0,
    sha256: null,
    complete: true,
  } as never,
});

function write(name: string, entries: readonly LogEntry[]): string {
  const path = join(folder, `${name}.ndjson`);
  writeFileSync(path, entries.map(formatLogLine).join(''));
  return path;
}

async function texts(): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of readLog(state, 'r-1'))
    found.push(`${entry.seq} ${entry.step} ${entry.kind}`);
  return found;
}

describe('reading', () => {
  test('a run without a log', async () => {
    expect(logFiles(state, 'none')).toEqual([]);
  });

  test('torn and foreign lines are passed over', async () => {
    const path = write('worker', [command(1, 1, 'a', 'true')]);
    appendFileSync(path, '{"seq":2,"kind"\nnot json\n');
    appendFileSync(path, formatLogLine(command(3, 2, 'a', 'false')));
    expect(await texts()).toEqual(['1 a command', '3 a command']);
  });

  test('files of several workers come in the order of their times', async () => {
    write('one', [command(1, 1, 'a', 'x'), command(2, 5, 'a', 'x')]);
    write('two', [command(1, 2, 'b', 'x'), command(2, 3, 'b', 'x'), command(3, 9, 'b', 'x')]);
    expect(await texts()).toEqual([
      '1 a command',
      '1 b command',
      '2 b command',
      '2 a command',
      '3 b command',
    ]);
    expect([...(await lastNumbers(state, 'r-1')).values()]).toEqual([2, 3]);
  });

  test('what is added is read once, whole lines only', async () => {
    const path = write('worker', [command(1, 1, 'a', 'x')]);
    const reader = new Appended(path, null);
    expect((await reader.entries()).map(({ seq }) => seq)).toEqual([1]);
    expect(await reader.entries()).toEqual([]);
    const next = formatLogLine(command(2, 1, 'a', '日本語'));
    const bytes = Buffer.from(next);
    appendFileSync(path, bytes.subarray(0, bytes.length - 12));
    expect(await reader.entries()).toEqual([]);
    appendFileSync(path, bytes.subarray(bytes.length - 12));
    expect((await reader.entries()).map((entry) => entry.kind === 'command' && entry.text)).toEqual(
      ['日本語'],
    );
  });
});

test('a step’s log holds its targets and what is inside it, and no other step’s', () => {
  const entry = (step: string): LogEntry => command(1, 1, step, 'x');
  expect(['a', 'a[web-1]', 'a/b'].every((step) => belongs(entry(step), 'a'))).toBe(true);
  expect(['ab', 'b', 'b/a'].some((step) => belongs(entry(step), 'a'))).toBe(false);
  expect(belongs(entry('b'), null)).toBe(true);
});

describe('the tail', () => {
  test('the last lines of the step at work', () => {
    const path = write('worker', [
      command(1, 1, 'a', 'make'),
      out(2, 2, 'a', 1, 'one\ntwo\nthree\nfour\nfive\n'),
      command(3, 3, 'b', 'other'),
    ]);
    const tail = openTail(state, 'r-1');
    expect(tail.of('a')?.lines).toEqual(['two', 'three', 'four', 'five']);
    expect(tail.of('c')).toBeNull();
    appendFileSync(path, formatLogLine(exit(4, 4, 'a', 1, 2)));
    expect(tail.of('a')?.lines).toEqual(['three', 'four', 'five', 'exit 2']);
    appendFileSync(path, formatLogLine(command(5, 5, 'a', 'again')));
    expect(tail.of('a')?.lines).toEqual(['$ again']);
  });
});

describe('commands of a run', () => {
  async function* from(entries: readonly LogEntry[]): AsyncGenerator<LogEntry> {
    yield* entries;
  }
  test('with their ends; one that still runs has none', async () => {
    const { commands, left } = await commandsOf(
      from([
        command(1, 1, 'a', 'one'),
        command(2, 1, 'b', 'two'),
        exit(3, 2, 'b', 2, 1),
        exit(4, 3, 'a', 1, null),
      ]),
    );
    expect(commands.map(({ command, exits, longestMs }) => [command, exits, longestMs])).toEqual([
      ['one', [{ code: null, times: 1 }], 1500],
      ['two', [{ code: 1, times: 1 }], 1500],
    ]);
    expect(left).toBe(0);
  });
  test('as they could be pasted, and without what leads to their target', async () => {
    const text = 'nsenter --net=x -- kubectl --kubeconfig=/k get nodes';
    const asked = { ...command(1, 1, 'a', text), brief: 'kubectl get nodes' };
    const { commands } = await commandsOf(from([asked, command(2, 2, 'a', 'plain')]));
    expect(commands).toMatchObject([{ command: text, brief: 'kubectl get nodes' }, {}]);
    expect(commands[1]).not.toHaveProperty('brief');
    const screen = { glyphs: unicode, clock: { now: noon, offsetMinutes: () => 0 }, single: true };
    const shown = (full: boolean): string =>
      logLines(asked, { ...screen, full })
        .flat()
        .map((piece) => piece.text)
        .join('');
    expect(shown(false)).toMatch(/web-1 \$ kubectl get nodes$/);
    expect(shown(true)).toMatch(/web-1 \$ nsenter --net=x -- kubectl --kubeconfig=\/k get nodes$/);
  });
  test('the same one again and again is told once, with how often and how each ended', async () => {
    const calls = [1, 2, 3, 4].flatMap((i) => [
      command(2 * i, i, 'probe', 'curl x'),
      exit(2 * i + 1, i, 'probe', 2 * i, i === 2 ? 7 : 0),
    ]);
    const { commands, left } = await commandsOf(
      from([...calls, command(20, 9, 'probe', 'curl x'), command(21, 9, 'other', 'curl x')]),
    );
    expect(left).toBe(0);
    expect(commands).toMatchObject([
      {
        step: 'probe',
        at: at(1),
        lastAt: at(9),
        times: 5,
        exits: [
          { code: 0, times: 3 },
          { code: 7, times: 1 },
          { code: null, times: 1 },
        ],
      },
      { step: 'other', times: 1, exits: [{ code: null, times: 1 }], longestMs: null },
    ]);
  });
  test('with the end of what each printed the last time, never half of a character', async () => {
    const { commands } = await commandsOf(
      from([
        command(1, 1, 'a', 'make'),
        out(2, 1, 'a', 1, 'the first time'),
        exit(3, 2, 'a', 1, 1),
        command(4, 3, 'a', 'make'),
        out(5, 3, 'a', 4, 'one\n'),
        {
          ...base(6, 3, 'a'),
          kind: 'stderr',
          of: 4,
          base64: Buffer.from([0, 1, 2]).toString('base64'),
        },
        exit(7, 4, 'a', 4, 0),
        command(8, 5, 'b', 'long'),
        out(9, 5, 'b', 8, `${'x'.repeat(100)}🙂${'y'.repeat(longestOutput - 1)}`),
      ]),
    );
    expect(commands.map(({ output }) => output)).toEqual([
      'one\n[3 bytes that are no text]\n',
      'y'.repeat(longestOutput - 1),
    ]);
    expect(commands.map(({ outputBytes }) => outputBytes)).toEqual([1, null]);
  });
  test('no more than there is room for', async () => {
    const many = Array.from({ length: 30 }, (_, i) => command(i, i, 'a', `x ${i}`));
    expect(await commandsOf(from(many), 10)).toMatchObject({ left: 20 });
  });
});

describe('as lines', () => {
  const log = {
    glyphs: unicode,
    clock: { now: noon, offsetMinutes: () => 0 },
    full: false,
    single: false,
  };
  test('commands, output, ends', () => {
    const script = `sh -c $'set -eu\\n${'x'.repeat(200)}' name 'short arg'`;
    expect(
      read(
        [
          command(1, 1, 'a', script),
          out(2, 2, 'a', 1, 'fine \u001b[31mred\u001b[0m\n'),
          exit(3, 3, 'a', 1, 0),
          exit(4, 3, 'a', 1, 7),
          exit(5, 3, 'a', 1, null),
        ].flatMap((entry) => logLines(entry, log)),
      ),
    ).toBe(`12:00:01 a web-1 $ sh -c $'set -eu\\nxxxxxxxxxxxxx…' name 'short arg'
12:00:02 a │ fine \\x1b[31mred\\x1b[0m
12:00:03 a ✓ 1.5s
12:00:03 a exit 7 after 1.5s
12:00:03 a no exit code after 1.5s`);
    const [whole] = logLines(command(1, 1, 'a', script), { ...log, full: true });
    expect(read([whole ?? []])).toContain('x'.repeat(200));
  });
});
