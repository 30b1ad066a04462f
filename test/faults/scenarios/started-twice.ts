import { finished, type Result } from '../../client/e2e/bench.js';
import { runEventSchema } from '../../../client/schemas.js';
import { overlap } from '../checker.js';
import type { Violation } from '../evidence.js';
import type { Rig } from '../rig.js';
import { wrongExit, type Outcome } from './scenario.js';

function startedRun({ stdout }: Result): { run: string; existed: boolean } | null {
  const [line = ''] = stdout.split('\n');
  if (line === '') return null;
  const event = runEventSchema.parse(JSON.parse(line));
  return event.type === 'started' ? event : null;
}

/** F11: one id, started so many times at once. One of them starts it, the others name it; it runs once. */
export async function sameId(rig: Rig, times: number): Promise<Outcome> {
  const run = rig.newRun();
  const args = ['start', 'reference', '--id', run, '--detach', '--json', `--place=${run}`];
  await rig.bench.expect(0, 'dev', 'start');
  const results = await Promise.all(
    Array.from({ length: times }, () => finished(rig.bench.spawn(args), 240_000)),
  );
  rig.nemesis.count(`${times} starts of one id`);
  const violations: Violation[] = results.flatMap((one) => wrongExit('start', one, 0));
  const started = results.map(startedRun);
  const fresh = started.filter((one) => one?.existed === false).length;
  if (fresh !== 1) violations.push({ invariant: 'I1', what: `${run} was started ${fresh} times` });
  if (started.some((one) => one?.run !== run))
    violations.push({ invariant: 'I5', what: `a start does not name ${run}` });
  violations.push(...wrongExit(`watch ${run}`, await rig.follow(run, { serversDie: false }), 0));
  const begun = rig.marks(run).filter(({ word }) => word === 'start').length;
  const steps = new Set(rig.marks(run).map(({ step }) => step)).size;
  if (begun !== steps)
    violations.push({ invariant: 'I1', what: `${run}: ${begun} commands for ${steps} steps` });
  return { trials: 1, violations: [...violations, ...(await rig.judge(run))] };
}

/** F11: two runs want one place. One is refused and told by whom; a third waits, and comes after. */
export async function samePlace(rig: Rig): Promise<Outcome> {
  const place = `--place=${rig.newRun()}`;
  const start = (run: string, ...more: string[]): Promise<Result> =>
    finished(
      rig.bench.spawn(['start', 'reference', '--id', run, place, '--pace=0.2', '--plain', ...more]),
      240_000,
    );
  const racing = [rig.newRun(), rig.newRun()] as const;
  const results = await Promise.all([start(racing[0]), start(racing[1])]);
  const firstLost = results[0].code === 5;
  const [winner, loser] = firstLost ? [racing[1], racing[0]] : racing;
  const [won, lost] = firstLost ? [results[1], results[0]] : results;
  const violations: Violation[] = [
    ...wrongExit('the one that has it', won, 0),
    ...wrongExit('the other', lost, 5),
  ];
  if (!`${lost.stdout}${lost.stderr}`.includes(winner))
    violations.push({ invariant: 'I5', what: 'a run that is refused is not told by whom' });
  if (rig.marks(loser).length > 0)
    violations.push({ invariant: 'I2', what: `${loser} was refused, and yet did something` });
  const queued = [rig.newRun(), rig.newRun()] as const;
  const both = await Promise.all(queued.map((run) => start(run, '--wait')));
  for (const result of both) violations.push(...wrongExit('a start that waits', result, 0));
  violations.push(...overlap(rig.marks(), ...queued));
  rig.nemesis.count('two runs at one place');
  for (const run of [...racing, ...queued]) violations.push(...(await rig.judge(run)));
  return { trials: 4, violations };
}
