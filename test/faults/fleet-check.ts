import { exitOfRun } from '../../client/exit.js';
import { judge, leftovers, type Evidence, type Found, type Violation } from './evidence.js';
import { items, maxUnavailable, stepsOf, waves } from './fleet.js';
import type { Mark } from './ledger.js';

const steps = items.flatMap(stepsOf);

function ends(marks: readonly Mark[], step: string, verb: Mark['verb']): number {
  return marks.filter((one) => one.step === step && one.verb === verb && one.word === 'end').length;
}

/** I1: each step of each item is done once where the run has succeeded, and never twice. */
function once({ marks, effects, record }: Evidence): Found {
  return steps.flatMap((step) => {
    const done = ends(marks, step, 'apply');
    const there = effects[step] ?? 0;
    const never = record.state === 'succeeded' && done === 0 ? [`${step} was never done`] : [];
    const again = done > 1 || there > 1 ? [`${step} was done ${Math.max(done, there)} times`] : [];
    return [...never, ...again];
  });
}

/** I2: no attempt begins beside another. */
function alone({ marks }: Evidence): Found {
  return marks.flatMap(({ step, word }) => (word === 'beside' ? [`${step} beside another`] : []));
}

/** I3: waves and steps come in their order, and no more items are under way at once than may be. */
function order({ marks }: Evidence): Found {
  const found: string[] = [];
  const done = new Set<string>();
  const underWay = new Set<string>();
  for (const { step, verb, word } of marks) {
    if (verb === 'undo') break;
    const item = step.slice(0, -1);
    const [first = '', last = ''] = stepsOf(item);
    if (word === 'start') {
      underWay.add(item);
      if (underWay.size > maxUnavailable)
        found.push(`${[...underWay].join(', ')} were under way at once`);
      const wave = waves.findIndex((one) => one.includes(item));
      const earlier = waves.slice(0, wave).flat().flatMap(stepsOf);
      const before = step === last ? [...earlier, first] : earlier;
      const early = before.filter((one) => !done.has(one));
      if (early.length > 0) found.push(`${step} began before ${early.join(', ')}`);
    }
    if (word !== 'end') continue;
    done.add(step);
    if (step === last) underWay.delete(item);
  }
  return found;
}

/** I4: an undo puts back all that was done, once, of each item newest first; without one nothing is put back. */
function rollback({ marks, effects, record }: Evidence): Found {
  const undos = marks.filter(({ verb }) => verb === 'undo');
  if (record.state !== 'undone') return undos.length === 0 ? [] : ['something was put back'];
  const lost = steps.flatMap((step) => {
    const done = ends(marks, step, 'apply');
    const back = ends(marks, step, 'undo');
    if (done > 0 && back === 0) return [`${step} was done, and not put back`];
    if (back > 1) return [`${step} was put back ${back} times`];
    return (effects[step] ?? 0) > 0 ? [`${step} is still there after its undo`] : [];
  });
  const wrong = items.flatMap((item) => {
    const [first, last] = stepsOf(item);
    const at = (step: string | undefined): number => undos.findIndex((one) => one.step === step);
    return at(first) !== -1 && at(first) < at(last) ? [`${item} was put back in its order`] : [];
  });
  return [...lost, ...wrong];
}

/** I5: what the record says of an item is what is there, and the exit code says the same. */
function report({ record, exit, effects }: Evidence): Found {
  const code = exitOfRun(record);
  const said = exit === code ? [] : [`exit code ${exit} of a run that has ${record.state}`];
  const wrong = items.flatMap((item) => {
    const step = record.steps.find(({ path }) => path === `items[${item}]`);
    const there = stepsOf(item).filter((one) => (effects[one] ?? 0) > 0).length;
    const whole = step?.outcome === 'changed' && !step.restored;
    return whole && there < stepsOf(item).length ? [`${item} is reported as changed`] : [];
  });
  return [...said, ...wrong];
}

/** Everything that the run of a fleet has broken. */
export function checkFleet(evidence: Evidence): Violation[] {
  return judge(evidence, [
    ['I1', once],
    ['I2', alone],
    ['I3', order],
    ['I4', rollback],
    ['I5', report],
    ['I7', leftovers],
  ]);
}
