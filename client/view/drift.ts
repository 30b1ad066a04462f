import type { Plan, PlannedStep } from '../../core/record.js';
import { alters } from '../../core/run/outcome.js';
import { blank, line, span, type Line } from './line.js';
import { planSteps } from './plan.js';
import { inputWords } from './run.js';
import type { Screen } from './step.js';
import { fitLine, oneLine } from './width.js';

/** Steps whose target is not as the runbook wants it. */
export function drifted(plan: Plan): PlannedStep[] {
  return plan.steps.filter((step) => alters(step.kind) || step.kind === 'does-not-hold');
}

/** What has drifted, and the run that would mend it. */
export function driftView(plan: Plan, start: string, screen: Screen): Line[] {
  const found = drifted(plan);
  const unknown = plan.steps.filter((step) => step.kind === 'undetermined');
  const looked = plan.steps.filter((step) => ['no-op', 'holds'].includes(step.kind)).length;
  const inputs = oneLine(inputWords(plan.inputs));
  const head: Line = fitLine(
    [
      span('Drift of '),
      span(plan.runbook, 'strong'),
      span(inputs === '' ? '' : `  ${inputs}`, 'dim'),
    ],
    screen.columns,
  );
  if (found.length === 0 && unknown.length === 0) {
    const as =
      looked === 1
        ? 'the one step that was checked is'
        : `all ${looked} steps that were checked are`;
    return [
      head,
      blank,
      [span(`  ${screen.glyphs.done} `, 'good'), span(`no drift: ${as} as wanted`)],
    ];
  }
  const lines: Line[] = [head, blank, ...planSteps([...found, ...unknown], screen), blank];
  const parts = [
    ...(found.length === 0 ? [] : [`${found.length} drifted`]),
    ...(unknown.length === 0 ? [] : [`${unknown.length} could not be checked`]),
    `${looked} as wanted`,
  ];
  lines.push(line(parts.join(', '), found.length > 0 ? 'warn' : 'bad'));
  // Where nothing but conditions fails, a run would change nothing.
  if (found.some((step) => alters(step.kind))) {
    lines.push([span('To mend it: ', 'dim'), span(start)]);
  }
  return lines;
}
