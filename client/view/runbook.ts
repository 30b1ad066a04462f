import type { ApprovalStep, Guard, Lock, Runbook, Step } from '../../core/definition/runbook.js';
import { innerSteps, kindOf } from '../../core/run/kinds.js';
import { kebab, remarks } from '../inputs/flags.js';
import { blank, line, span, type Line } from './line.js';
import type { Screen } from './step.js';
import { prose } from './prose.js';
import { fitLine, oneLine, pad, width } from './width.js';

/** Who an approval asks: ` (2 of sre, dora)`; nothing where anybody may say yes. */
function askedWords({ approvers, quorum = 1 }: ApprovalStep): string {
  if (approvers === undefined && quorum === 1) return '';
  return ` (${quorum} of ${approvers?.join(', ') ?? 'anybody'})`;
}

/** What a step does, in a few words. */
function deed(step: Step): string {
  if ('action' in step) return step.action;
  if ('wait' in step) return `wait ${step.wait}`;
  if ('restore' in step) return `restore ${step.restore}`;
  if ('delay' in step) return `delay ${step.delay}`;
  if ('approval' in step) return `approval: ${step.approval}${askedWords(step)}`;
  if ('manual' in step) return `manual: ${step.manual}`;
  if ('call' in step) return `call ${step.call}`;
  return kindOf(step);
}

interface Row {
  readonly name: string;
  readonly deed: string;
  readonly rest: string;
}

function rest(step: Step | Guard): string {
  const on = 'on' in step && step.on !== undefined ? [`on ${String(step.on)}`] : [];
  const condition = step.if === undefined ? [] : [`if ${step.if}`];
  return [...on, ...condition].join('  ');
}

function rows(steps: readonly Step[], depth: number): Row[] {
  return steps.flatMap((step) => [
    { name: '  '.repeat(depth) + step.id, deed: deed(step), rest: rest(step) },
    ...rows(innerSteps(step), depth + 1),
  ]);
}

function lockText(lock: Lock): string {
  return typeof lock === 'string' ? lock : `${lock.lease} (${lock.mode})`;
}

/** A runbook: what it is for, what it asks for, what it does. */
export function runbookView(runbook: Runbook, file: string, screen: Screen): Line[] {
  const { columns } = screen;
  const lines: Line[] = [
    fitLine(
      [span(runbook.name, 'strong'), span(runbook.title === undefined ? '' : `  ${runbook.title}`)],
      columns,
    ),
    line(file, 'dim'),
  ];
  if (runbook.description !== undefined) {
    lines.push(blank);
    for (const text of prose(runbook.description, Math.min(columns, 100))) lines.push(line(text));
  }
  const inputs = Object.entries(runbook.inputs ?? {});
  if (inputs.length > 0) {
    lines.push(blank, line('Inputs', 'strong'));
    const flags = inputs.map(([name]) => `--${kebab(name)}`);
    const widest = Math.max(...flags.map(width));
    for (const [at, [, spec]] of inputs.entries()) {
      const text = oneLine(`${spec.description}${remarks(spec)}`);
      lines.push(
        fitLine([span(`  ${pad(flags[at] ?? '', widest)}  `), span(text, 'dim')], columns),
      );
    }
  }
  const facts: [string, string][] = [
    ['target', runbook.target ?? ''],
    ['locks', (runbook.locks ?? []).map(lockText).join(', ')],
    ['on failure', runbook.onFailure ?? ''],
  ];
  const said = facts.filter(([, text]) => text !== '');
  if (said.length > 0) lines.push(blank);
  for (const [name, text] of said)
    lines.push(fitLine([span(pad(name, 12), 'dim'), span(oneLine(text))], columns));
  const listed = (title: string, found: readonly Row[]): void => {
    if (found.length === 0) return;
    lines.push(blank, line(title, 'strong'));
    const name = Math.min(40, Math.max(...found.map((row) => width(row.name))));
    const what = Math.min(32, Math.max(...found.map((row) => width(oneLine(row.deed)))));
    for (const row of found) {
      const pieces = [span(`  ${pad(row.name, name)}  `), span(oneLine(row.deed))];
      const more =
        row.rest === ''
          ? []
          : [
              span(' '.repeat(Math.max(2, what + 2 - width(oneLine(row.deed))))),
              span(oneLine(row.rest), 'dim'),
            ];
      lines.push(fitLine([...pieces, ...more], columns));
    }
  };
  const guards = (runbook.guards ?? []).map((guard) => ({
    name: guard.id,
    deed: guard.action,
    rest: rest(guard),
  }));
  const probes = (runbook.probes ?? []).map((probe) => ({
    name: probe.id,
    deed: probe.action,
    rest: '',
  }));
  listed('Guards: without these nothing is touched', guards);
  listed('Probes: run beside the steps', probes);
  listed('Steps', rows(runbook.steps, 0));
  listed('Finally', rows(runbook.finally ?? [], 0));
  return lines;
}
