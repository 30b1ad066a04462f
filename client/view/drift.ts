import type { Accepted } from '../../core/drift/accepted.js';
import type { Plan, PlannedStep } from '../../core/record.js';
import { drifts } from '../../core/run/drift.js';
import { alters } from '../../core/run/outcome.js';
import { blank, line, span, type Line } from './line.js';
import { planSteps } from './plan.js';
import { inputWords } from './run.js';
import type { Screen } from './step.js';
import { utcMinute } from './time.js';
import { fitLine, oneLine } from './width.js';

/** Steps whose target is not as the runbook wants it. */
export function drifted(plan: Plan): PlannedStep[] {
  return plan.steps.filter(drifts);
}

/** Who lets a drift be, for how long and why. */
export function acceptedWords({
  by,
  until,
  reason,
}: Pick<Accepted, 'by' | 'until' | 'reason'>): string {
  return oneLine(`accepted by ${by} until ${utcMinute(until)}: ${reason}`);
}

/** The run that would mend drift of these kinds; a step that only looks is mended by none. */
export function mendLine(kinds: readonly PlannedStep['kind'][], start: string): Line {
  return kinds.some(alters)
    ? [span('To mend it: ', 'dim'), span(start)]
    : line('No run of this runbook mends it: these steps only look.', 'dim');
}

/** What has drifted, and the run that would mend it; what is accepted stands apart. */
export function driftView(
  plan: Plan,
  start: string,
  screen: Screen,
  acceptanceOf: (step: PlannedStep) => Accepted | null = () => null,
): Line[] {
  const all = drifted(plan);
  const found = all.filter((step) => acceptanceOf(step) === null);
  const unknown = plan.steps.filter((step) => step.kind === 'undetermined');
  const looked = plan.steps.filter((step) => ['no-op', 'holds'].includes(step.kind)).length;
  const accepted = all.length - found.length;
  const inputs = oneLine(inputWords(plan.inputs));
  const lines: Line[] = [
    fitLine(
      [
        span('Drift of '),
        span(plan.runbook, 'strong'),
        span(inputs === '' ? '' : `  ${inputs}`, 'dim'),
      ],
      screen.columns,
    ),
    blank,
  ];
  if (found.length === 0 && unknown.length === 0) {
    const as =
      looked === 1
        ? 'the one step that was checked is'
        : `all ${looked} steps that were checked are`;
    const good = accepted === 0 ? `no drift: ${as} as wanted` : 'no drift but what is accepted';
    lines.push([span(`  ${screen.glyphs.done} `, 'good'), span(good)]);
  } else lines.push(...planSteps([...found, ...unknown], screen));
  for (const step of all) {
    const by = acceptanceOf(step);
    if (by === null) continue;
    lines.push(
      fitLine(
        [span(`  ${screen.glyphs.skipped} ${step.path}  `), span(acceptedWords(by), 'dim')],
        screen.columns,
      ),
    );
  }
  if (found.length === 0 && unknown.length === 0) return lines;
  const parts = [
    ...(found.length === 0 ? [] : [`${found.length} drifted`]),
    ...(accepted === 0 ? [] : [`${accepted} accepted`]),
    ...(unknown.length === 0 ? [] : [`${unknown.length} could not be checked`]),
    `${looked} as wanted`,
  ];
  lines.push(blank, line(parts.join(', '), found.length > 0 ? 'warn' : 'bad'));
  if (found.length > 0)
    lines.push(
      mendLine(
        found.map(({ kind }) => kind),
        start,
      ),
    );
  return lines;
}
