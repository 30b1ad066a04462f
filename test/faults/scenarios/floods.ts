import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rmSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readLog, type LogPosition } from '../../../activities/log/read.js';
import { logFolder } from '../../../activities/log/store.js';
import type { CommandEnd } from '../../../core/run/log.js';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import { openFar } from '../far/host.js';
import type { Rig } from '../rig.js';
import { together, wrongExit, type Outcome } from './scenario.js';

const million = 1_000_000;

/** What a command prints far too much of: on which stream, how much, and the script that does. */
const kinds = {
  text: ['stdout', 100 * million, `yes 'a line of text, and another'`],
  'NUL bytes': ['stdout', 100 * million, 'cat /dev/zero'],
  'one line': ['stdout', 100 * million, `cat /dev/zero | tr '\\0' a`],
  errors: ['stderr', 1000 * million, `yes 'something went wrong'`],
} as const;
export type Flood = keyof typeof kinds;

/** The log of a run keeps so much; the rest is counted. One more piece as JSON and what else is there take little, bytes. */
const keptBytes = 256 * 1024 * 1024 + 2 * million;
/** More than the record shows of an output; then `…`, bytes. */
const shownBytes = 512;

function scriptOf(kind: Flood): string {
  const [, bytes, script] = kinds[kind];
  return `${script} | head -c ${bytes}`;
}

function write(rig: Rig, kind: Flood): void {
  const script = scriptOf(kind);
  rig.bench.write(
    'flood.sh',
    `${script}${kinds[kind][0] === 'stderr' ? ' >&2' : ''}\ntouch "$1"\n`,
  );
  rig.bench.runbook(
    'flood',
    `inputs:
  host: { type: target, kind: host, description: Where., default: local }
target: "\${{ inputs.host }}"
steps:
  - id: flood
    action: linux.command
    timeout: 10m
    input:
      timeout: 9m
      check: [test, -e, "FOLDER/\${{ run.id }}.done"]
      apply: [sh, FOLDER/flood.sh, "FOLDER/\${{ run.id }}.done"]
      undo: nothing
`,
  );
}

/** How the command that floods has ended, as the log tells, and all notes. Others of the step print nothing. */
async function logged(folder: string, run: string): Promise<readonly [CommandEnd | null, string]> {
  const notes: string[] = [];
  let most = -1;
  let end: CommandEnd | null = null;
  for (let after: LogPosition = {}; ;) {
    const page = await readLog(folder, run, { after, maxBytes: 8 * million });
    for (const entry of page.entries) {
      if (entry.kind === 'note') notes.push(entry.text);
      if (entry.kind !== 'exit') continue;
      const { stdoutBytes, stderrBytes } = entry.exit;
      if (stdoutBytes + stderrBytes > most) end = entry.exit;
      most = Math.max(most, stdoutBytes + stderrBytes);
    }
    after = page.position;
    if (page.end) return [end, notes.join('\n')];
  }
}

/** Sum of what a script prints, in bounded memory. */
async function sumOf(script: string): Promise<string> {
  const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const hash = createHash('sha256');
  for await (const chunk of child.stdout) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** F15: a run whose command prints far too much, here or over ssh. */
export async function flood(rig: Rig, kind: Flood, host: string): Promise<Outcome> {
  const [stream, bytes] = kinds[kind];
  write(rig, kind);
  const run = rig.newRun();
  const worker = rig.nemesis.process('worker');
  const flags = ['--id', run, '--yes', '--detach', `--host=${host}`];
  const violations = wrongExit(`start ${run}`, await rig.insist('start', 'flood', ...flags), 0);
  const followed = await rig.follow(run, { serversDie: false, withinMs: 600_000 });
  violations.push(...wrongExit(`watch ${run}`, followed, 0));
  const tail = await rig.insist('logs', run, '--tail', '3', '--json');
  violations.push(...wrongExit(`logs ${run}`, tail, 0));
  const { record } = await rig.evidence(run);
  const folder = join(rig.bench.state, 'logs');
  const [end, notes] = await logged(folder, run);
  const files = logFolder(folder, run);
  const size = readdirSync(files).reduce((sum, name) => sum + statSync(join(files, name)).size, 0);
  const found = (stream === 'stdout' ? end?.stdoutBytes : end?.stderrBytes) ?? 0;
  const shown = String(record.steps[0]?.output?.['stdout'] ?? '');
  const sum = await sumOf(stream === 'stdout' ? scriptOf(kind) : 'true');
  const wrong: Record<string, boolean> = {
    'another worker has done it': rig.nemesis.process('worker')?.began !== worker?.began,
    [`the log tells of ${found} bytes, not ${bytes}`]: found !== bytes,
    'the sum in the log is not that of the output': end?.sha256 !== sum,
    [`the log takes ${size} bytes`]: size > keptBytes,
    'the log does not say that it was cut': bytes > keptBytes !== notes.includes('its limit'),
    'the record does not say that it was cut': stream === 'stdout' && !shown.endsWith('…'),
    'the record holds too much': Buffer.byteLength(JSON.stringify(shown)) > shownBytes + 2,
  };
  violations.push(
    ...Object.entries(wrong)
      .filter(([, is]) => is)
      .map(([what]): Violation => ({ invariant: 'I8', what: `${run}: ${what}` })),
    ...rig.memory(),
  );
  rmSync(files, { recursive: true });
  rig.nemesis.count(`flood of ${kind} ${host === 'local' ? 'here' : 'over ssh'}`);
  const named = (one: Violation): Violation => ({ ...one, what: `${kind}, ${host}: ${one.what}` });
  return { trials: 1, violations: violations.map(named) };
}

/** F15: each kind, here and over ssh. */
export async function everyFlood(rig: Rig, dice: Dice): Promise<Outcome> {
  await openFar(rig, { flooded: {} });
  await rig.bench.expect(0, 'dev', 'start');
  const all = (Object.keys(kinds) as Flood[]).flatMap((kind) =>
    ['local', 'flooded'].map((host) => [kind, host] as const),
  );
  const outcomes: Outcome[] = [];
  for (const [kind, host] of dice.shuffled(all)) outcomes.push(await flood(rig, kind, host));
  return together(outcomes);
}
