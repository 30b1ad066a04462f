import { exitOfRun } from '../../client/exit.js';
import { hasEnded } from '../../core/run/outcome.js';
import { judge, leftovers, type Evidence, type Found, type Violation } from './evidence.js';
import type { Mark } from './ledger.js';
import { reportFaults } from './report-check.js';
import { effectSteps, lastStep, onceRunbook, onceSteps, rankOf, ranks } from './reference.js';

function of(marks: readonly Mark[], step: string, verb: Mark['verb'], word: Mark['word']): Mark[] {
  return marks.filter((one) => one.step === step && one.verb === verb && one.word === word);
}

/**
 * I1: what the run says it has done was done at least once; and once it was done, nobody began it again before it
 * was put back. What must not happen twice was begun once at most.
 */
function effects({ marks, record }: Evidence): Found {
  const found: string[] = [];
  for (const step of [...effectSteps, lastStep]) {
    const ends = of(marks, step, 'apply', 'end');
    const wanted = record.state === 'succeeded' || (step === lastStep && hasEnded(record.state));
    if (wanted && record.state !== 'refused' && ends.length === 0) {
      found.push(`${step} was never done, and the run has ${record.state}`);
    }
    const begun = of(marks, step, 'apply', 'start').length;
    if (begun > 1 && record.runbook === onceRunbook && onceSteps.includes(step))
      found.push(`${step} was begun ${begun} times, and must not happen twice`);
    let done = false;
    for (const { verb, word, step: of } of marks) {
      if (of !== step) continue;
      if (verb === 'apply' && word === 'start' && done)
        found.push(`${step} was done, and begun again`);
      if (word === 'end') done = verb === 'apply';
    }
  }
  return found;
}

/** I2: no attempt began beside one that was alive, nor after one with a higher fence. */
function alone({ marks }: Evidence): Found {
  const found: string[] = [];
  const highest = new Map<string, number>();
  for (const { step, verb, attempt, fence, word } of marks) {
    if (word === 'beside')
      found.push(`${step}: attempt ${attempt} at ${verb} began beside another`);
    if (word !== 'start' || fence === null) continue;
    if (fence < (highest.get(step) ?? 0)) found.push(`${step}: ${verb} began with an older fence`);
    highest.set(step, Math.max(fence, highest.get(step) ?? 0));
  }
  return found;
}

/** I3: a step begins when all of lower rank are done. */
function order({ marks, record }: Evidence): Found {
  const found: string[] = [];
  const done = new Set<string>();
  for (const { step, verb, word } of marks) {
    if (verb !== 'apply') continue;
    if (word === 'end') done.add(step);
    if (word !== 'start') continue;
    const early = ranks
      .slice(0, rankOf(step))
      .flat()
      .filter((one) => !done.has(one));
    // `finally` comes after whatever there was.
    if (early.length > 0 && (step !== lastStep || record.state === 'succeeded'))
      found.push(`${step} began before ${early.join(', ')}`);
  }
  return found;
}

/** I4: what was done is put back, all of it and nothing else, newest first; without an undo nothing is. */
function rollback({ marks, effects, record }: Evidence): Found {
  const undos = marks.filter(({ verb }) => verb === 'undo');
  const undoing = record.state === 'undone' || record.state === 'undoing';
  if (!undoing)
    return undos.length === 0 ? [] : [`${record.state}, and yet something was put back`];
  const found: string[] = [];
  const began = marks.findIndex(({ verb }) => verb === 'undo');
  const later = began === -1 ? [] : marks.slice(began);
  for (const { step } of later.filter(({ verb, word }) => verb === 'apply' && word === 'start'))
    if (step !== lastStep) found.push(`${step} was begun while others were put back`);
  let rank = Number.POSITIVE_INFINITY;
  for (const { step, word } of undos) {
    if (word !== 'start') continue;
    if (rankOf(step) > rank) found.push(`${step} was put back after one that came before it`);
    rank = rankOf(step);
  }
  if (record.state !== 'undone') return found;
  for (const step of effectSteps) {
    const done = of(marks, step, 'apply', 'end').length > 0;
    const back = of(marks, step, 'undo', 'end').length;
    if (done && back === 0) found.push(`${step} was done, and not put back`);
    if (!done && back > 0) found.push(`${step} was never done, and put back`);
    if (back > 1) found.push(`${step} was put back ${back} times`);
    if ((effects[step] ?? 0) > 0) found.push(`${step} is still there after its undo`);
  }
  return found;
}

/** I5: what is reported is what the ledger has, and the exit code says the same. */
function report(evidence: Evidence): Found {
  const { record, exit } = evidence;
  const code = exitOfRun(record);
  const said = exit === code ? [] : [`exit code ${exit} of a run that has ${record.state}`];
  return [...said, ...reportFaults(evidence)];
}

/** Everything that a run has broken; nothing for one that is sound. */
export function check(evidence: Evidence): Violation[] {
  return judge(evidence, [
    ['I1', effects],
    ['I2', alone],
    ['I3', order],
    ['I4', rollback],
    ['I5', report],
    ['I7', leftovers],
  ]);
}

/** I2 between runs that want the same place: while one is at work there, the other has not begun or is through. */
export function overlap(marks: readonly Mark[], first: string, second: string): Violation[] {
  const sequence = marks.map(({ run }) => run).filter((run) => run === first || run === second);
  const changes = sequence.filter((run, index) => index > 0 && run !== sequence[index - 1]).length;
  return changes <= 1
    ? []
    : [{ invariant: 'I2', what: `${first} and ${second} were at work at once` }];
}
