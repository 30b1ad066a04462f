import { chmodSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { ChildProcess } from 'node:child_process';
import { began } from '../../../client/embedded/process.js';
import { until, type Result } from '../../client/e2e/bench.js';
import type { Violation } from '../evidence.js';
import type { Rig } from '../rig.js';
import { pause, together, wrongExit, type Outcome } from './scenario.js';

/** Long enough for a worker that wakes up to do what it had in mind, ms. */
const awakeMs = 3000;

/**
 * Stands in for mkdir, with which a change makes a place for the numbers of its lease on its target, before it is
 * looked whether it may. Where a trap is laid for that lease, the worker above is frozen, and the change waits until
 * it is let go.
 */
const mkdir = `#!/bin/sh
for path; do :; done
file=\${path##*/leases/place-} file=\${file%%_*}
if mv "FOLDER/traps/$file" "FOLDER/sprung/$file" 2>/dev/null; then
  pid=$PPID
  until tr '\\0' ' ' <"/proc/$pid/cmdline" | grep -q 'dist/worker/main.js'; do
    change=$pid
    pid=$(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 2)
    [ "$pid" -gt 1 ] || exit 1
  done
  kill -STOP "$pid" && echo "$pid $change" >"FOLDER/frozen-$file.new"
  /bin/mv "FOLDER/frozen-$file.new" "FOLDER/frozen-$file"
  until [ -e "FOLDER/go-$file" ]; do sleep 0.1; done
fi
exec /bin/mkdir "$@"
`;
/** Stands in for a command that changes the file: keeps a ledger of what it was told. */
const told = `#!/bin/sh
for path; do :; done
echo "\${0##*/} $*" >>"FOLDER/told-\${path##*/}"
exec "/bin/\${0##*/}" "$@"
`;

/** A file whose owner and mode are brought to what is wanted by two commands, under a lease. */
function write(rig: Rig): void {
  const { bench } = rig;
  for (const [name, text] of Object.entries({ mkdir, chown: told, chmod: told })) {
    bench.write(`bin/${name}`, text.replaceAll('FOLDER', bench.folder));
    chmodSync(bench.path('bin', name), 0o755);
  }
  bench.write('inventory.yaml', `hosts: { here: { path: [${bench.path('bin')}] } }\n`);
  bench.runbook(
    'guarded',
    `inputs:
  file: { type: string, description: Its name. }
  mode: { type: string, description: Its mode. }
target: here
locks: ["place/\${{ inputs.file }}"]
steps:
  - id: mode
    action: linux.file
    input: { path: "FOLDER/guarded/\${{ inputs.file }}", content: x, owner: ${userInfo().username}, mode: "\${{ inputs.mode }}" }
onFailure: stop
`,
  );
}

/** Another controller: a second worker on the same queue. */
async function secondWorker(rig: Rig): Promise<ChildProcess> {
  const worker = rig.bench.spawn(['worker']);
  let said = '';
  worker.stdout?.on('data', (text) => (said += String(text)));
  worker.stderr?.on('data', (text) => (said += String(text)));
  await until('the second worker is ready', () => said.includes('"ready"'));
  return worker;
}

/**
 * F12: of two workers, the one that has a step in hand freezes, and its command with it, just before the target is
 * asked whether it may. Meanwhile its lease is taken from it and another run does the same under it, or another
 * attempt at its step does. When the command goes on, it is refused on the target; nor does the worker do anything.
 */
async function stale(rig: Rig, lost: 'lease' | 'attempt'): Promise<Outcome> {
  const { bench, nemesis } = rig;
  const file = rig.newRun();
  const run = rig.newRun();
  bench.write(`guarded/${file}`, 'x');
  bench.write(`traps/${file}`, '');
  const start = (id: string, mode: string): Promise<Result> => {
    const inputs = [`--file=${file}`, `--mode=${mode}`];
    return rig.insist('start', 'guarded', '--id', id, '--detach', ...inputs);
  };
  const told = (): string[] => (bench.read(`told-${file}`) ?? '').split('\n').slice(0, -1);
  const violations: Violation[] = wrongExit(`start ${run}`, await start(run, '0600'), 0);
  const frozen = await until('the worker freezes', () => bench.read(`frozen-${file}`));
  const [worker = 0, change = 0] = frozen.split(' ').map(Number);
  const winner = lost === 'lease' ? '0640' : '0600';
  try {
    if (lost === 'lease') {
      // The frozen worker is asked as well, and does not answer.
      await rig.insist('leases', 'break', `place/${file}`, '--reason', 'it does not answer');
      violations.push(...wrongExit('start another', await start(rig.newRun(), winner), 0));
    }
    await until('the other has done it', () => wasSet(rig, file, winner), 240_000);
    const before = told().length;
    bench.write(`go-${file}`, '');
    await until('the command is refused', () => began(change) === null);
    nemesis.count(`stale command refused: ${lost} lost`);
    process.kill(worker, 'SIGCONT');
    await pause(awakeMs);
    const late = told().slice(before);
    if (late.length > 0)
      violations.push({ invariant: 'I2', what: `${run} woke up and did ${late.join(', ')}` });
    if (!wasSet(rig, file, winner))
      violations.push({ invariant: 'I2', what: `${run} woke up: the mode is not ${winner}` });
  } finally {
    process.kill(worker, 'SIGCONT');
  }
  return { trials: 1, violations };
}

function wasSet(rig: Rig, file: string, mode: string): boolean {
  return (statSync(rig.bench.path('guarded', file)).mode & 0o7777) === Number.parseInt(mode, 8);
}

/** Both ways of being overtaken. */
export async function staleHolder(rig: Rig): Promise<Outcome> {
  write(rig);
  await rig.bench.expect(0, 'dev', 'start');
  const worker = await secondWorker(rig);
  try {
    return together([await stale(rig, 'lease'), await stale(rig, 'attempt')]);
  } finally {
    worker.kill('SIGTERM');
  }
}
