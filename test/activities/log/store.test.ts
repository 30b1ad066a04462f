import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { followLog } from '../../../activities/log/follow.js';
import { readLog } from '../../../activities/log/read.js';
import { createLogStore, logFolder, type LogStore } from '../../../activities/log/store.js';
import type { CommandLog, StepLog } from '../../../activities/log/step-log.js';
import type { LogEntry } from '../../../core/run/log.js';
import { needs } from '../../needs.js';

let dir: string;
let store: LogStore;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runbook-log-'));
  store = createLogStore({ dir });
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

function stepOf(from: LogStore = store, step = 'drain', secrets: readonly string[] = []): StepLog {
  return from.step({ run: 'run', step, verb: 'apply', attempt: 2, secrets });
}

function begin(log: StepLog, line = 'true', quiet = false): Promise<CommandLog> {
  return log.command({ target: 'router', line, redactor: log.redactor([]), quiet });
}

async function all(run = 'run'): Promise<readonly LogEntry[]> {
  return (await readLog(dir, run)).entries;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('the log of a command', () => {
  test('has its line, its output in order, and its end', async () => {
    const command = await begin(stepOf(), 'ip route');
    await command.stdout(Buffer.from('one\n'));
    await command.stderr(Buffer.from('warning\n'));
    command.note('a note');
    await command.stdout(Buffer.from('two\n'));
    const end = await command.end({ code: 3, durationMs: 12.34 });
    const entries = await all();
    expect(entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(entries).toMatchObject([
      {
        kind: 'command',
        text: 'ip route',
        step: 'drain',
        verb: 'apply',
        attempt: 2,
        target: 'router',
      },
      { kind: 'stdout', of: 1, text: 'one\n' },
      { kind: 'stderr', of: 1, text: 'warning\n' },
      { kind: 'note', of: 1, text: 'a note' },
      { kind: 'stdout', of: 1, text: 'two\n' },
      { kind: 'exit', of: 1, exit: end },
    ]);
    expect(end).toEqual({
      code: 3,
      durationMs: 12.3,
      stdoutBytes: 8,
      stderrBytes: 8,
      sha256: sha256('one\ntwo\n'),
    });
  });

  test('is on disk before the command is started', async () => {
    await begin(stepOf(), 'kubeadm join');
    expect(await all()).toMatchObject([{ kind: 'command', text: 'kubeadm join' }]);
  });

  test('keeps secrets out, also those that two chunks share, and hashes what really came', async () => {
    const log = stepOf(store, 'join', ['tok.en123456']);
    const command = await begin(log);
    await command.stdout(Buffer.from('the token is tok.e'));
    await command.stdout(Buffer.from('n123456, keep it\n'));
    const { sha256: hash } = await command.end({ code: 0, durationMs: 1 });
    await log.note('used tok.en123456');
    const text = (await readFile(join(logFolder(dir, 'run'), 'worker.ndjson'))).toString();
    expect(text).not.toContain('tok.en');
    expect(text).toContain('the token is ');
    expect(text).toContain('***, keep it');
    expect(text).toContain('used ***');
    expect(hash).toBe(sha256('the token is tok.en123456, keep it\n'));
  });

  test('that is quiet has no output and no hash', async () => {
    const command = await begin(stepOf(), 'helm status', true);
    await command.stdout(Buffer.from('private key'));
    await command.end({ code: 0, durationMs: 1 });
    expect(await all()).toMatchObject([
      { kind: 'command' },
      { kind: 'exit', exit: { stdoutBytes: 11, sha256: null } },
    ]);
  });

  test('is private', async () => {
    await begin(stepOf());
    const folder = logFolder(dir, 'run');
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'worker.ndjson'))).mode & 0o777).toBe(0o600);
  });

  test('of a run with a hostile name stays in the folder', async () => {
    const log = store.step({ run: '../../outside', step: 's', verb: 'check', attempt: 1 });
    await begin(log);
    expect(await readdir(dir)).toEqual(['%2E.%2F..%2Foutside']);
    expect(await all('../../outside')).toHaveLength(1);
  });
});

describe('numbers', () => {
  test('go on after a restart, also behind a line that a crash tore', async () => {
    await begin(stepOf());
    await store.close();
    const file = join(logFolder(dir, 'run'), 'worker.ndjson');
    await appendFile(file, '{"seq":2,"at":"2026');
    const next = createLogStore({ dir });
    await begin(stepOf(next), 'second');
    await next.close();
    const page = await readLog(dir, 'run');
    expect(page.entries.map((entry) => [entry.seq, entry.kind])).toEqual([
      [1, 'command'],
      [2, 'command'],
    ]);
    expect(page.problems).toHaveLength(1);
  });

  test('are not taken twice by commands at the same time', async () => {
    await Promise.all(
      Array.from({ length: 40 }, async (_, at) => {
        const command = await begin(stepOf(store, `step-${at}`));
        await command.stdout(Buffer.alloc(1000, 'x'));
        await command.end({ code: 0, durationMs: 1 });
      }),
    );
    const seqs = (await all()).map((entry) => entry.seq);
    expect(seqs).toEqual(Array.from({ length: 120 }, (_, at) => at + 1));
  });

  test('of a file that holds nothing readable are larger than any that could be in it', async () => {
    const folder = logFolder(dir, 'run');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'worker.ndjson'), 'x'.repeat(20 * 1024 * 1024));
    await begin(stepOf());
    const tail = execFileSync('tail', ['-n', '1', join(folder, 'worker.ndjson')]).toString();
    expect((JSON.parse(tail) as LogEntry).seq).toBeGreaterThan(20 * 1024 * 1024);
  });
});

describe('the limit of a run', () => {
  test('ends the keeping of output, not the counting', async () => {
    const small = createLogStore({ dir, limitBytes: 10_000 });
    const command = await begin(stepOf(small));
    for (let i = 0; i < 100; i++) await command.stdout(Buffer.alloc(1000, 'x'));
    const end = await command.end({ code: 0, durationMs: 1 });
    expect(end).toMatchObject({ stdoutBytes: 100_000, sha256: sha256('x'.repeat(100_000)) });
    const later = await begin(stepOf(small), 'later');
    await later.stdout(Buffer.from('not kept'));
    await later.end({ code: 0, durationMs: 1 });
    await small.close();
    const entries = await all();
    const notes = entries.filter((entry) => entry.kind === 'note');
    expect(notes).toHaveLength(2);
    expect(notes[0]?.text).toContain('limit of 10000 bytes');
    expect(entries.filter((entry) => entry.kind === 'exit')).toHaveLength(2);
    expect(entries.some((entry) => entry.kind === 'stdout' && entry.text === 'not kept')).toBe(
      false,
    );
  });
});

describe('a page', () => {
  beforeEach(async () => {
    for (const name of ['a', 'b', 'c']) {
      const command = await begin(stepOf(store, name === 'c' ? 'other' : 'drain'), name);
      await command.end({ code: 0, durationMs: 1 });
    }
  });

  test('follows on another, by number of entries or of bytes', async () => {
    for (const query of [{ limit: 2 }, { maxBytes: 300 }, { maxBytes: 1 }]) {
      const seen: number[] = [];
      let after = {};
      for (;;) {
        const page = await readLog(dir, 'run', { ...query, after });
        seen.push(...page.entries.map((entry) => entry.seq));
        after = JSON.parse(JSON.stringify(page.position)) as typeof after;
        if (page.end) break;
        expect(page.entries.length).toBeGreaterThan(0);
      }
      expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    }
  });

  test('can be of one step, and begin at a number', async () => {
    expect((await readLog(dir, 'run', { step: 'other' })).entries).toMatchObject([
      { kind: 'command', text: 'c' },
      { kind: 'exit' },
    ]);
    const { entries } = await readLog(dir, 'run', { fromSeq: 5 });
    expect(entries.map((entry) => entry.seq)).toEqual([5, 6]);
  });

  test('reports a corrupt line once, and goes on behind it', async () => {
    const file = join(logFolder(dir, 'run'), 'worker.ndjson');
    const lines = (await readFile(file, 'utf8')).split('\n');
    lines[1] = '{"seq": "nonsense"}';
    lines[3] = '\u0000\u0000';
    await writeFile(file, lines.join('\n'));
    const page = await readLog(dir, 'run');
    expect(page.entries.map((entry) => entry.seq)).toEqual([1, 3, 5, 6]);
    expect(page.problems).toEqual([
      { file: 'worker.ndjson', offset: (lines[0]?.length ?? 0) + 1, bytes: 20 },
      expect.objectContaining({ bytes: 3 }),
    ]);
    expect((await readLog(dir, 'run', { after: page.position })).problems).toEqual([]);
  });

  test('leaves out a line that is just being written, and has it later', async () => {
    const file = join(logFolder(dir, 'run'), 'worker.ndjson');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.slice(0, -30));
    const page = await readLog(dir, 'run');
    expect(page.entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4, 5]);
    expect(page).toMatchObject({ problems: [], end: true });
    await writeFile(file, text);
    const next = await readLog(dir, 'run', { after: page.position });
    expect(next.entries.map((entry) => entry.seq)).toEqual([6]);
  });

  test('of a run that has no log is empty', async () => {
    expect(await readLog(dir, 'unknown')).toEqual({
      entries: [],
      problems: [],
      position: {},
      end: true,
    });
  });
});

describe('the logs of several workers', () => {
  test('are read as one, in the order of time', async () => {
    let clock = Date.parse('2026-11-23T10:00:00Z');
    const now = (): Date => new Date((clock += 1000));
    const workers = ['one', 'two'].map((worker) => createLogStore({ dir, worker, now }));
    for (let at = 0; at < 6; at++) {
      await stepOf(workers[at % 2]).note(`note ${at}`);
    }
    await Promise.all(workers.map((worker) => worker.close()));
    const seen: string[] = [];
    let after = {};
    for (;;) {
      const page = await readLog(dir, 'run', { after, limit: 1 });
      seen.push(...page.entries.map((entry) => (entry.kind === 'note' ? entry.text : '')));
      after = page.position;
      if (page.end) break;
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5].map((at) => `note ${at}`));
  });
});

describe('following', () => {
  test('yields what is there and what comes, in order, until it is ended', async () => {
    const end = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const entry of followLog(dir, 'run', { signal: end.signal, pollMs: 200 })) {
        if (entry.kind === 'note') seen.push(entry.text);
        if (seen.length === 6) end.abort();
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 50)); // before there is a folder
    for (let at = 0; at < 6; at++) {
      await stepOf().note(`${at}`);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await following;
    expect(seen).toEqual(['0', '1', '2', '3', '4', '5']);
  });
});

describe('a disk that is full', () => {
  const tmpfs = needs({ linux: true, root: true, commands: ['mount', 'umount'] });
  let mounted: string;

  beforeEach(async () => {
    mounted = join(dir, 'small');
    await mkdir(mounted);
  });

  const withSmallDisk =
    (work: (own: LogStore) => Promise<void>): (() => Promise<void>) =>
    async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mounted]);
      const own = createLogStore({ dir: mounted });
      try {
        await work(own);
      } finally {
        await own.close();
        execFileSync('umount', ['-l', mounted]);
      }
    };

  tmpfs(
    'is told at the end of the command, and heals',
    withSmallDisk(async (own) => {
      const command = await begin(stepOf(own));
      for (let i = 0; i < 40; i++) await command.stdout(Buffer.alloc(50_000, 'x'));
      await expect(command.end({ code: 0, durationMs: 1 })).rejects.toMatchObject({
        code: 'log-unwritable',
        class: 'transient',
        message: expect.stringContaining('no space left on device'),
      });
      await expect(begin(stepOf(own), 'next')).rejects.toMatchObject({ code: 'log-unwritable' });
      await rm(join(mounted, 'run', 'worker.ndjson'));
      await writeFile(join(mounted, 'run', 'worker.ndjson'), '');
      const again = await begin(stepOf(own), 'again');
      await again.end({ code: 0, durationMs: 1 });
      const { entries, problems } = await readLog(mounted, 'run');
      expect(problems).toEqual([]);
      expect(entries.at(-2)).toMatchObject({ kind: 'command', text: 'again' });
    }),
  );

  tmpfs(
    'that is freed under a running command tells of the gap',
    withSmallDisk(async (own) => {
      await writeFile(join(mounted, 'ballast'), Buffer.alloc(200_000));
      const command = await begin(stepOf(own));
      for (let i = 0; i < 10; i++) await command.stdout(Buffer.alloc(50_000, 'x'));
      await new Promise((resolve) => setTimeout(resolve, 100));
      await rm(join(mounted, 'ballast'));
      await expect(command.end({ code: 0, durationMs: 1 })).rejects.toMatchObject({
        code: 'log-unwritable',
      });
      const { entries } = await readLog(mounted, 'run');
      expect(entries.at(-1)).toMatchObject({
        kind: 'note',
        text: expect.stringContaining('missing'),
      });
      expect(entries.at(-2)).toMatchObject({ kind: 'exit', exit: { stdoutBytes: 500_000 } });
    }),
  );

  tmpfs(
    'that cannot be written at all refuses commands',
    withSmallDisk(async (own) => {
      execFileSync('mount', ['-o', 'remount,ro', mounted]);
      await expect(begin(stepOf(own))).rejects.toMatchObject({
        code: 'log-unwritable',
        message: expect.stringContaining('read-only file system'),
      });
      execFileSync('mount', ['-o', 'remount,rw', mounted]);
      await begin(stepOf(own));
    }),
  );
});
