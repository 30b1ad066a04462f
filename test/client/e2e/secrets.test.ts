import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { devStatusSchema, doctorSchema, statusSchema } from '../../../client/schemas.js';
import { embeddedNamespace } from '../../../client/embedded/namespace.js';
import { filesBelow, foundIn, histories, leaks, ProcessWatch } from './canary.js';
import { Bench, until, withServer } from './cli.js';

const test = withServer();
const slow = 240_000;

const secrets = {
  fromEnv: `canary-env-9f2k "q" 'a' <&> $HOME \\n ?/+ü`,
  fromFile: 'canary-file-7Xq0/+Lm3vWz1yB8',
  fromCommand: 'canary-command-51d0c4aa-0b7e',
};
const values = Object.values(secrets);
/** Not a secret: it must be found, or the search would prove nothing. */
const plain = 'canary-plain-3c1a';

const project = `apiVersion: runbook/v1
name: bench
secrets:
  fromEnv: { env: E2E_SECRET }
  fromFile: { file: sources/file }
  fromCommand: { command: [cat, sources/command] }
notify:
  - { id: file, command: [sh, -c, 'cat >> events.txt'] }
`;

/** Prints variable S as tools print secrets, one way after another, and in pieces. */
const noise = `echo "plain $S"; echo "to stderr $S" >&2
printf %s "$S" | base64 -w0; echo
printf '%s' "user:$S" | base64 -w0; echo; printf '%s' "u:$S x" | base64 -w0; echo
printf '%s' "$S" | od -An -v -tx1 | tr -d ' \\n'; echo
printf '%s' "$S" | head -c 9; sleep 0.2; printf '%s' "$S" | tail -c +10; echo
`;

const runbook = `inputs:
  note: { type: string, description: n, default: ${plain} }
steps:
  - id: file
    action: linux.file
    input: { path: FOLDER/target/file, content: "\${{ secrets.fromFile }}", parents: true }
  - id: json
    action: linux.file
    input: { path: FOLDER/target/json, json: { note: "\${{ inputs.note }}", of: ["\${{ secrets.fromEnv }}"] } }
  - id: noisy
    action: linux.command
    input:
      env: { S: "\${{ secrets.fromEnv }}" }
      input: "\${{ secrets.fromCommand }}"
      check: [sh, -c, 'echo "looks for $S" >&2; test -e FOLDER/noisy']
      apply: [sh, FOLDER/noise.sh, FOLDER/noisy]
      undo: [sh, -c, 'echo "away with $S" >&2; rm -f FOLDER/noisy']
  - id: killed
    action: linux.command
    timeout: 2m
    input:
      timeout: 1m
      env: { S: "\${{ secrets.fromFile }}" }
      check: [test, -e, FOLDER/killed]
      apply: [sh, -c, 'echo "begins $S"; touch FOLDER/begun; test -e FOLDER/open1 || sleep 50; touch FOLDER/killed']
      undo: [rm, -f, FOLDER/killed]
  - id: fails
    action: linux.command
    retry: { attempts: 2, interval: 100ms }
    input:
      env: { S: "\${{ secrets.fromCommand }}" }
      check: [test, -e, FOLDER/fails]
      apply: [sh, -c, 'test -e FOLDER/open2 && touch FOLDER/fails && exit 0; echo "refused: $S" >&2; exit 4']
      undo: [rm, -f, FOLDER/fails]
  - { id: by-hand, manual: "Look at it: \${{ steps.noisy.output.stdout }}" }
`;

let bench: Bench;
beforeAll(() => {
  bench = new Bench();
  bench.write('runbook.yaml', project);
  bench.write('sources/file', `${secrets.fromFile}\n`);
  bench.write('sources/command', `${secrets.fromCommand}\n`);
  chmodSync(bench.path('sources/file'), 0o600);
  bench.env['E2E_SECRET'] = secrets.fromEnv;
  bench.write('noise.sh', `${noise}read -r in; echo "input $in"; touch "$1"\n`);
  bench.runbook('secret', runbook);
});
afterAll(() => bench.close(), slow);

async function worker(): Promise<number | undefined> {
  return devStatusSchema.parse(await bench.json(0, 'dev')).worker?.pid;
}

test(
  'a file that others may read is refused, and nothing of the values is told',
  async () => {
    chmodSync(bench.path('sources/file'), 0o644);
    const { code, stdout } = await bench.run('doctor', '--json');
    chmodSync(bench.path('sources/file'), 0o600);
    expect(code).toBe(1);
    const { checks } = doctorSchema.parse(JSON.parse(stdout));
    const about = checks.filter(({ name }) => name.startsWith('secret '));
    expect(about.map(({ name, status }) => [name, status])).toEqual([
      ['secret fromCommand', 'ok'],
      ['secret fromEnv', 'ok'],
      ['secret fromFile', 'broken'],
    ]);
    expect(stdout).toContain('sources/file has mode 0644');
    expect(foundIn(stdout, values)).toEqual([]);
  },
  slow,
);

test(
  'after success, failure, retry, park, undo and a killed worker a secret is nowhere but where it belongs',
  async () => {
    const processes = new ProcessWatch();
    const said: string[] = [];
    const say = async (...args: string[]): Promise<number> => {
      const { code, stdout, stderr } = await bench.run(...args);
      said.push(stdout, stderr);
      return code;
    };
    await bench.expect(0, 'start', 'secret', '--id', 's-1', '--detach');
    await until('the step that is killed', () => existsSync(bench.path('begun')));
    const pid = await worker();
    process.kill(pid ?? 0, 'SIGKILL');
    writeFileSync(bench.path('open1'), '');
    expect(await say('watch', 's-1')).toBe(3);
    expect(await worker()).not.toBe(pid);
    const parked = statusSchema.parse(await bench.json(3, 'status', 's-1'));
    const failed = parked.steps.find(({ path }) => path === 'fails');
    expect(failed?.failure?.message).toContain('refused: ***');
    writeFileSync(bench.path('open2'), '');
    await bench.expect(0, 'retry', 's-1', '--reason', 'mended');
    expect(await say('watch', 's-1', '--json')).toBe(3);
    expect(readFileSync(bench.path('target/file'), 'utf8')).toBe(secrets.fromFile);
    expect(JSON.parse(readFileSync(bench.path('target/json'), 'utf8'))).toEqual({
      note: plain,
      of: [secrets.fromEnv],
    });
    await until('the event', () => bench.read('events.txt')?.includes('waiting'));
    await bench.expect(0, 'undo', 's-1', '--yes', '--reason', 'seen enough');
    expect(await say('watch', 's-1')).toBe(4);
    expect(existsSync(bench.path('target/file'))).toBe(false);
    await say('report', 's-1');
    await say('report', 's-1', '--json');
    await say('logs', 's-1', '--json');
    await say('export', 's-1', '--output', bench.path('exported.json'));

    const { server } = devStatusSchema.parse(await bench.json(0, 'dev'));
    const history = await histories(server?.address ?? '', embeddedNamespace);
    expect(history.includes('secrets.fromEnv')).toBe(true);
    expect(history.includes(plain)).toBe(true);
    const log = said.join('\n');
    // What is looked through is what it is taken for.
    for (const text of ['plain ***', 'begins ***', 'input ***'])
      expect(log.includes(text)).toBe(true);
    const looked = filesBelow(bench.state).map((path) => /[^/]*$/.exec(path)?.[0] ?? '');
    expect(looked).toEqual(expect.arrayContaining(['worker.log', 'worker.ndjson', 's-1.json']));
    const database = filesBelow(bench.state).filter((path) => /\.db(?:-wal)?$/.test(path));
    expect(database.some((path) => readFileSync(path).includes(plain))).toBe(true);
    const meant = ['target/file', 'target/json', 'sources/file', 'sources/command'].map((path) =>
      bench.path(path),
    );
    expect({
      history: foundIn(history, values),
      processes: foundIn(processes.stop(), values),
      said: foundIn(log, values),
      files: leaks(bench.folder, values, meant),
    }).toEqual({ history: [], processes: [], said: [], files: [] });
    expect(processes.seen.size).toBeGreaterThan(10);
  },
  slow,
);

test(
  'a source that gives nothing parks the step before anything is done; mended, it goes on',
  async () => {
    renameSync(bench.path('sources/command'), bench.path('sources/away'));
    bench.runbook(
      'one',
      `steps:
  - id: a
    action: linux.command
    input:
      input: "\${{ secrets.fromCommand }}"
      check: [test, -e, FOLDER/one]
      apply: [touch, FOLDER/one]
`,
    );
    const parked = await bench.run('start', 'one', '--yes', '--id', 'one-1');
    expect(parked.code).toBe(3);
    expect(parked.stdout).toContain("secret 'fromCommand': cat ended with exit code 1");
    expect(existsSync(bench.path('one'))).toBe(false);
    renameSync(bench.path('sources/away'), bench.path('sources/command'));
    await bench.expect(0, 'retry', 'one-1', '--reason', 'the file is back');
    await until('the end', async () => (await bench.run('status', 'one-1')).code === 0);
    expect(existsSync(bench.path('one'))).toBe(true);
  },
  slow,
);

test(
  'with a codec the server stores no text of a run, and everything can still be read with the key',
  async () => {
    const own = new Bench();
    try {
      own.write(
        'runbook.yaml',
        'apiVersion: runbook/v1\nname: bench\ncodec: { keys: { file: keys } }\n',
      );
      own.write('keys', await own.expect(0, 'codec', 'key'));
      const open = await own.run('runs');
      expect(open.stderr).toContain('keys has mode 0644');
      chmodSync(own.path('keys'), 0o600);
      own.runbook(
        'sealed',
        `title: canary-title-1
inputs: { note: { type: string, description: d } }
steps:
  - { id: a, action: linux.file, input: { path: FOLDER/out, content: "\${{ inputs.note }}" } }
  - id: b
    title: canary-step-2
    action: linux.command
    retry: { attempts: 1 }
    input:
      check: [sh, -c, 'echo canary-drift-3; exit 1']
      apply: [sh, -c, 'echo canary-failure-4 >&2; exit 3']
      undo: nothing
`,
      );
      const started = await own.run(
        'start',
        'sealed',
        '--yes',
        '--id',
        'c-1',
        '--note',
        'canary-input-5',
      );
      expect(started.code).toBe(3);
      expect(started.stdout).toContain('exit 3: canary-failure-4');
      await own.expect(0, 'undo', 'c-1', '--yes', '--reason', 'canary-reason-6');
      const shown = started.stdout + (await own.run('watch', 'c-1', '--json')).stdout;
      const canaries = [
        'canary-title-1',
        'canary-step-2',
        'canary-drift-3',
        'canary-failure-4',
        'canary-input-5',
        'canary-reason-6',
      ];
      expect(canaries.filter((canary) => !shown.includes(canary))).toEqual([]);
      const { server } = devStatusSchema.parse(await own.json(0, 'dev'));
      const history = await histories(server?.address ?? '', embeddedNamespace);
      expect(history.includes(Buffer.from('binary/encrypted').toString('base64'))).toBe(true);
      const database = filesBelow(own.state).filter((path) => /\.db(?:-wal)?$/.test(path));
      const stored = database.map((path) => readFileSync(path));
      expect(stored.some((bytes) => bytes.includes('binary/encrypted'))).toBe(true);
      expect({
        history: foundIn(history, canaries),
        database: stored.flatMap((bytes) => foundIn(bytes, canaries)),
      }).toEqual({ history: [], database: [] });
    } finally {
      await own.close();
    }
  },
  slow,
);
