import type { Plan, PlannedStep } from '../../core/record.js';
import { movedSteps } from '../../core/run/moved.js';
import { alters, type PlanKind } from '../../core/run/outcome.js';
import { planMark } from './glyphs.js';
import { blank, line, span, type Line, type Tone } from './line.js';
import { inputWords } from './run.js';
import { depths, shownName, type Screen } from './step.js';
import { fit, fitLine, oneLine, pad, width, wrap } from './width.js';

/** Kinds as words, in the order in which they matter. */
const order: readonly PlanKind[] = [
  'destroy',
  'disrupt',
  'change',
  'does-not-hold',
  'undetermined',
  'manual',
  'deferred',
  'no-op',
  'holds',
  'skipped',
];

function kindWord(kind: PlanKind): string {
  return kind === 'does-not-hold' ? 'does not hold' : kind;
}

/** How many steps are of which kind: `2 disrupt, 1 deferred`. */
export function planTally(steps: readonly PlannedStep[]): string {
  return order
    .map((kind) => [kind, steps.filter((step) => step.kind === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kindWord(kind)}`)
    .join(', ');
}

/** What a plan comes to: `3 changes, 1 of them disrupts users; 1 manual, 2 no-op`. */
export function planWords({ steps, changes }: Plan): string {
  const of = (kind: PlanKind): number => steps.filter((step) => step.kind === kind).length;
  const parts = [
    ...(of('disrupt') > 0 ? [`${of('disrupt')} may disrupt users`] : []),
    ...(of('destroy') > 0 ? [`${of('destroy')} may destroy data`] : []),
  ];
  const head = changes === 0 ? 'No changes' : changes === 1 ? '1 change' : `${changes} changes`;
  const rest = planTally(steps.filter((step) => !alters(step.kind)));
  return [[head, ...parts].join(', '), ...(rest === '' ? [] : [rest])].join('; ');
}

/** True where something would change, or may once it is known. */
export function pending(plan: Plan): boolean {
  return plan.changes > 0 || plan.steps.some((step) => step.kind === 'deferred');
}

/** Exit-relevant verdict of a plan. */
export function verdictOf(plan: Plan): 'error' | 'changes' | 'none' {
  if (plan.refused || plan.steps.some((step) => step.kind === 'undetermined')) return 'error';
  return pending(plan) ? 'changes' : 'none';
}

/** Lines of a difference are coloured as everywhere. */
function diffTone(text: string): Tone {
  if (text.startsWith('+')) return 'good';
  return text.startsWith('-') ? 'bad' : 'dim';
}

/** How a plan looks as a list of steps, with the text of what would change. */
export function planSteps(steps: readonly PlannedStep[], screen: Screen): Line[] {
  const depth = depths(steps);
  const name = Math.min(
    Math.max(4, ...steps.map((step) => width(shownName(step.path, depth.get(step.path) ?? 0)))),
    screen.columns < 70 ? 24 : 36,
  );
  const words = Math.max(0, ...steps.map((step) => width(kindWord(step.kind))));
  const inPath = (step: PlannedStep): boolean => step.path.endsWith(`[${step.target}]`);
  const targets = steps.filter((step) => !inPath(step)).map((step) => width(step.target ?? ''));
  const target = screen.columns < 70 ? 0 : Math.min(16, Math.max(0, ...targets));
  return steps.flatMap((step) => {
    const at = depth.get(step.path) ?? 0;
    const mark = planMark(step.kind, screen.glyphs);
    const quiet = step.kind === 'no-op' || step.kind === 'holds' || step.kind === 'skipped';
    const head: Line = [
      span('  '),
      mark,
      span(` ${pad(shownName(step.path, at), name)}`),
      span(` ${pad(kindWord(step.kind), words)}`, quiet ? 'dim' : mark.tone),
      span(target === 0 ? '' : ` ${pad(inPath(step) ? '' : (step.target ?? ''), target)}`, 'dim'),
    ];
    const used = head.reduce((sum, piece) => sum + width(piece.text), 0);
    const room = screen.columns - used - 2;
    const [first = '', ...more] = (step.drift ?? '').trim().split('\n').map(oneLine);
    const dim = quiet || step.kind === 'deferred' ? 'dim' : null;
    const under = '    ' + '  '.repeat(at) + '  ';
    const inline = width(first) <= room || (dim !== null && room >= 16);
    const below = wrap(first, screen.columns - under.length, 5).map((one) =>
      line(under + one, dim),
    );
    return [
      fitLine(
        inline && first !== '' ? [...head, span(`  ${fit(first, room)}`, dim)] : head,
        screen.columns,
      ),
      ...(inline || first === '' ? [] : below),
      ...more.map((one) => fitLine(line(under + one, diffTone(one)), screen.columns)),
    ];
  });
}

/** A plan: what would change on which target, and how to start exactly this. */
export function planView(plan: Plan, screen: Screen): Line[] {
  const inputs = oneLine(inputWords(plan.inputs));
  const verdict = verdictOf(plan);
  const lines: Line[] = [
    fitLine(
      [
        span('Plan of '),
        span(plan.runbook, 'strong'),
        span(inputs === '' ? '' : `  ${inputs}`, 'dim'),
      ],
      screen.columns,
    ),
    blank,
    ...planSteps(plan.steps, screen),
    blank,
  ];
  if (plan.refused) {
    lines.push(line('A guard does not hold: a run would be refused, and nothing touched.', 'bad'));
  } else if (verdict === 'error') {
    lines.push(line('Some checks failed: what their steps would do is not known.', 'bad'));
  }
  lines.push(
    fitLine(
      [
        span(planWords(plan), plan.changes === 0 ? 'good' : 'warn'),
        span(`  plan ${plan.hash.slice(0, 12)}`, 'dim'),
      ],
      screen.columns,
    ),
  );
  return lines;
}

/** What moved between a plan that was agreed upon and a fresh one. */
export function movedView(was: Plan, is: Plan, screen: Screen): Line[] {
  const moved = movedSteps(was.steps, is.steps);
  const said = (step: PlannedStep | null): string =>
    step === null
      ? 'not there'
      : oneLine(`${kindWord(step.kind)}${step.drift === null ? '' : `: ${step.drift}`}`);
  const lines: Line[] = [
    line(`Since plan ${was.hash.slice(0, 12)} the targets have moved on:`, 'strong'),
    blank,
  ];
  for (const { path, was: old, is: fresh } of moved) {
    lines.push(fitLine([span('  '), span(path, 'strong')], screen.columns));
    for (const text of wrap(`was ${said(old)}`, screen.columns - 6, 3))
      lines.push(line(`      ${text}`, 'dim'));
    for (const text of wrap(`is  ${said(fresh)}`, screen.columns - 6, 3))
      lines.push(line(`      ${text}`));
  }
  if (moved.length === 0)
    lines.push(line('  no step; the inventory, the inputs or the definition', 'dim'));
  return lines;
}
