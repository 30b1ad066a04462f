import { foundIn, histories, ProcessWatch } from '../../client/e2e/canary.js';
import { embeddedNamespace } from '../../../client/embedded/namespace.js';
import { devStatusSchema } from '../../../client/schemas.js';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import type { Rig } from '../rig.js';
import { given } from '../secrets.js';
import { wrongExit, type Outcome } from './scenario.js';

/** How a tool that has a secret in variable S prints it. */
export const ways: Readonly<Record<string, string>> = {
  plain: `echo "has $S"; echo "to stderr $S" >&2`,
  base64: `printf %s "$S" | base64 -w 0; echo; printf %s "user:$S" | base64; printf %s "u:$S x" | base64 -w 0`,
  hex: `printf %s "$S" | od -An -v -tx1 | tr -d ' \\n'`,
  json: `printf '{"password":"%s"}' "$(printf %s "$S" | sed 's/[\\\\"]/\\\\&/g')"`,
  traced: `(set -x; : "$S")`,
  pieces: `printf %s "$S" | head -c 9; sleep 0.1; printf %s "$S" | tail -c +10 | head -c 11; sleep 0.1; printf %s "$S" | tail -c +21`,
  'bytes apart': `for at in $(seq 1 2 60); do printf %s "$S" | tail -c +$at | head -c 2; sleep 0.01; done`,
  'across a chunk': `head -c 65521 /dev/zero | tr '\\0' x; printf %s "$S"; head -c 65521 /dev/zero | tr '\\0' y; printf %s "$S"`,
  'again and again': `for at in $(seq 1 500); do printf %s "$S"; done`,
  'cut off': `printf %s "$S" | head -c 15`,
};

/** How a run comes to its end, once the step that fails has parked it. */
const endings = ['succeeds', 'is undone', 'is cancelled', 'is cancelled and undone'] as const;
type Ending = (typeof endings)[number];

const exitOf: Readonly<Record<Ending, number>> = {
  succeeds: 0,
  'is undone': 4,
  'is cancelled': 4,
  'is cancelled and undone': 4,
};

/** What the commands of a run have in their environment besides the secret: they may have it. */
const owner = 'OWNER_OF_A_SECRET';

interface Secret {
  readonly name: string;
  readonly value: string;
}

const scriptOf = (way: string, run: string): string => `${run}.${way.replaceAll(' ', '-')}.sh`;

/** A runbook whose secret goes everywhere where one can: a file, JSON, a variable, standard input. */
function write(rig: Rig, run: string, secret: string, chosen: readonly string[]): void {
  const { bench } = rig;
  const value = `"\${{ secrets.${secret} }}"`;
  const noisy = chosen.map((way, at) => {
    const script = scriptOf(way, run);
    bench.write(script, `${ways[way]}\n`);
    return `  - id: noisy${at}
    action: linux.command
    input:
      env: { S: ${value}, ${owner}: "1" }
      check: [sh, -c, 'sh FOLDER/${script} >&2; test -e FOLDER/${run}.${at}']
      apply: [sh, -c, 'touch FOLDER/${run}.${at}; . FOLDER/${script}']
      undo: [sh, -c, 'rm -f FOLDER/${run}.${at}; . FOLDER/${script} >&2']
`;
  });
  bench.runbook(
    run,
    `inputs:
  note: { type: string, description: Something that is no secret. }
steps:
  - id: file
    action: linux.file
    input: { path: FOLDER/${given}/${run}/file, content: ${value}, parents: true }
  - id: json
    action: linux.file
    input: { path: FOLDER/${given}/${run}/json, json: { note: "\${{ inputs.note }}", of: [${value}] } }
${noisy.join('')}  - id: input
    action: linux.command
    input:
      input: ${value}
      check: [test, -e, FOLDER/${run}.input]
      apply: [sh, -c, 'cat; touch FOLDER/${run}.input']
      undo: [rm, -f, FOLDER/${run}.input]
  - id: fails
    action: linux.command
    retry: { attempts: 2, interval: 100ms }
    input:
      env: { S: ${value}, ${owner}: "1" }
      check: [test, -e, FOLDER/${run}.mended]
      apply: [sh, -c, 'touch FOLDER/${run}.once; echo "refused: $S" >&2; exit 4']
      undo: nothing
  - { id: told, manual: "Look at \${{ steps.noisy0.output.stdout }}." }
`,
  );
}

async function ended(rig: Rig, run: string, ending: Ending): Promise<Violation[]> {
  const { bench } = rig;
  const because = ['--reason', 'seen enough'];
  if (ending === 'succeeds') {
    bench.write(`${run}.mended`, '');
    await rig.insist('retry', run, ...because);
    await rig.follow(run, { serversDie: false });
    await rig.insist('confirm', run, ...because);
  } else if (ending === 'is undone') await rig.insist('undo', run, '--yes', ...because);
  else {
    const undo = ending === 'is cancelled' ? [] : ['--undo'];
    await rig.insist('cancel', run, '--yes', ...undo, ...because);
  }
  const last = await rig.follow(run, { serversDie: false });
  return wrongExit(`watch ${run}`, last, exitOf[ending]);
}

/** One run, of which everything is asked that a person can ask. */
async function told(rig: Rig, dice: Dice, secret: Secret, note: string): Promise<Violation[]> {
  const run = rig.newRun();
  const ending = dice.pick(endings);
  write(rig, run, secret.name, dice.shuffled(Object.keys(ways)).slice(0, 4));
  const flags = ['--id', run, '--detach', '--yes', `--note=${note}`];
  const violations = wrongExit(`start ${run}`, await rig.insist('start', run, ...flags), 0);
  const parked = await rig.follow(run, { serversDie: false });
  violations.push(...wrongExit(`watch ${run}`, parked, 3), ...(await ended(rig, run, ending)));
  const exported = ['export', run, '--output', rig.bench.path(`${run}.exported.json`)];
  const asked = [
    ['report', run],
    ['report', run, '--json'],
    ['logs', run],
    ['logs', run, '--json'],
  ];
  for (const args of [...asked, ['status', run, '--json'], exported])
    violations.push(...wrongExit(args.join(' '), await rig.insist(...args), 0, exitOf[ending]));
  const arrived = rig.bench.read(`${given}/${run}/file`);
  if (arrived !== (ending === 'is cancelled' || ending === 'succeeds' ? secret.value : null))
    violations.push({ invariant: 'I5', what: `${run} ${ending}, and its file does not say so` });
  rig.nemesis.count(`run with a secret that ${ending}`);
  return violations;
}

/** A secret as an argument, which everybody sees in the list of processes: refused before anything is done. */
async function asArgument(rig: Rig): Promise<Violation[]> {
  rig.bench.runbook(
    'argument',
    `steps:
  - id: shown
    action: linux.command
    input: { check: [test, -e, FOLDER/shown], apply: [touch, FOLDER/shown, "\${{ secrets.s0 }}"] }
`,
  );
  const refused = await rig.insist('start', 'argument', '--yes');
  const done = rig.bench.read('shown') !== null;
  const what = 'a command with a secret as an argument was run';
  return [
    ...wrongExit('start argument', refused, 1),
    ...(done ? [{ invariant: 'I6', what } as const] : []),
  ];
}

/**
 * F17: so many runs, each with a secret of its own, which its tools print in all ways; while they are at work the worker
 * is killed. Then the secrets are looked for in the histories, in every file, and in what processes have shown.
 */
export async function secretsTold(rig: Rig, dice: Dice, runs: number): Promise<Outcome> {
  const secrets = Array.from({ length: runs }, (_, at): Secret => {
    const name = `s${at}`;
    return { name, value: rig.secrets.add(name) };
  });
  // There before all of them: one that made it would take it away in its undo, or fail where others have put files there.
  rig.bench.write(`${given}/.keep`, '');
  // Not a secret: it must be found, or the search would prove nothing.
  const note = `plain-${dice.below(2 ** 31)}`;
  await rig.bench.expect(0, 'dev', 'start');
  const processes = new ProcessWatch(`${owner}=`);
  const violations = await asArgument(rig);
  const left = [...secrets];
  const lane = async (own: Dice): Promise<void> => {
    for (let one = left.pop(); one !== undefined; one = left.pop()) {
      if (left.length === Math.floor(runs / 2)) rig.nemesis.signal('worker', 'SIGKILL');
      violations.push(...(await told(rig, own, one, note)));
    }
  };
  await Promise.all([lane(dice.fork()), lane(dice.fork()), lane(dice.fork())]);
  const shown = processes.stop();
  const { server } = devStatusSchema.parse(await rig.bench.json(0, 'dev'));
  const history = await histories(server?.address ?? '', embeddedNamespace);
  if (!history.includes(note) || !shown.includes('dist/worker/main.js'))
    throw new Error('what is looked through is not what it is taken for');
  const { values } = rig.secrets;
  for (const [where, text] of Object.entries({
    'a history': history,
    'a list of processes': shown,
  }))
    if (foundIn(text, values).length > 0)
      violations.push({ invariant: 'I6', what: `a secret is in ${where}` });
  return { trials: runs, violations };
}
