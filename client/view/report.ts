import { formatDuration } from '../../core/duration.js';
import { canonical, type Json } from '../../core/json.js';
import { visibleText } from '../../core/run/log.js';
import type { RunRecord, StepRecord } from '../../core/record.js';
import { hasEnded } from '../../core/run/outcome.js';
import type { CommandRun } from '../state/commands.js';
import { shortCommand } from './command-text.js';
import { word } from './step.js';
import { leftChanged, tally } from './tally.js';

/** Text from outside as Markdown text on one line. */
export function plainMarkdown(text: string): string {
  return visibleText(text.replace(/\s+/g, ' ')).replace(/[\\`*_[\]<>|#]/g, (char) => `\\${char}`);
}

/** Text as code, whatever backticks are in it. */
export function code(text: string): string {
  const inner = visibleText(text.replace(/\s+/g, ' '));
  const longest = Math.max(0, ...[...inner.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const space = inner.startsWith('`') || inner.endsWith('`') ? ' ' : '';
  // A bar would end the cell of a table, also within code.
  return `${fence}${space}${inner.replaceAll('|', '\\|')}${space}${fence}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [row(titles), row(titles.map(() => '---')), ...rows.map(row)];
}

function took(from: string | null, to: string | null): string {
  if (from === null || to === null) return '';
  return formatDuration(Math.max(0, Date.parse(to) - Date.parse(from)));
}

const time = (iso: string | null): string => (iso === null ? '' : iso.slice(11, 19));
const json = (value: Json): string => (value === null ? '' : code(canonical(value)));

function facts(record: RunRecord): string[] {
  const rows: [string, string][] = [
    ['Runbook', code(record.runbook)],
    ['State', `**${record.state}**`],
    ['Started', `${record.startedAt} by ${plainMarkdown(record.startedBy)} (claimed)`],
    [
      'Ended',
      record.endedAt === null
        ? 'not yet'
        : `${record.endedAt}, after ${took(record.startedAt, record.endedAt)}`,
    ],
    ['Targets', record.targets.map(code).join(', ')],
    ['Locks', record.locks.map(code).join(', ')],
    ['Plan', record.planHash === null ? 'started without one' : code(record.planHash)],
    ['Definition', code(record.definitionHash)],
    ...Object.entries(record.inputs).map(([name, value]): [string, string] => [
      `Input ${code(name)}`,
      json(value),
    ]),
    ...Object.entries(record.outputs).map(([name, value]): [string, string] => [
      `Output ${code(name)}`,
      json(value),
    ]),
  ];
  return table(
    ['', ''],
    rows.filter(([, text]) => text !== ''),
  );
}

function why(step: StepRecord): string {
  if (step.failure !== null && step.outcome !== 'undone') {
    const hint = step.failure.hint === null ? '' : ` (${plainMarkdown(step.failure.hint)})`;
    return `${code(step.failure.code)} ${plainMarkdown(step.failure.message)}${hint}`;
  }
  return plainMarkdown(step.note ?? step.drift ?? '');
}

function steps(record: RunRecord): string[] {
  return table(
    ['Began', 'Step', 'Action', 'Target', 'Outcome', 'Took', 'Attempts', 'What differed, and why'],
    record.steps.map((step) => [
      time(step.startedAt),
      code(step.path),
      step.action === null ? step.kind : code(step.action),
      step.target === null ? '' : code(step.target),
      word(step) === '' ? 'not begun' : word(step),
      took(step.startedAt, step.endedAt),
      step.attempts > 1 ? String(step.attempts) : '',
      why(step),
    ]),
  );
}

function befores(record: RunRecord): string[] {
  const changed = record.steps.filter((step) => step.applied);
  return table(
    ['Step', 'Resource', 'Before', 'Put back'],
    changed.map((step) => [
      code(step.path),
      step.resource === null ? '' : code(step.resource),
      json(step.before),
      step.restored ? 'yes' : 'no',
    ]),
  );
}

function timeline(record: RunRecord): string[] {
  const events: { at: string; text: string }[] = [
    { at: record.startedAt, text: `the run began` },
    ...record.steps.flatMap((step) => [
      ...(step.startedAt === null
        ? []
        : [{ at: step.startedAt, text: `${code(step.path)} began` }]),
      ...(step.endedAt === null
        ? []
        : [{ at: step.endedAt, text: `${code(step.path)} ${word(step)}` }]),
    ]),
    ...record.decisions.map(({ at, by, verb, step, reason }) => ({
      at,
      text:
        `**${verb}**${step === null ? '' : ` ${code(step)}`} by ${plainMarkdown(by)}` +
        (reason === '' ? '' : `: ${plainMarkdown(reason)}`),
    })),
    ...(record.endedAt === null
      ? []
      : [{ at: record.endedAt, text: `the run ended ${record.state}` }]),
  ];
  return events
    .map((event, order) => ({ ...event, order }))
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.order - b.order)
    .map(({ at, text }) => `- ${at.slice(0, 10)} ${time(at)} ${text}`);
}

/** Exit codes of a command: one, or how often each of them came. */
function exits({ times, exits: all }: CommandRun): string {
  const known = (exit: number | null): string => (exit === null ? 'unknown' : String(exit));
  if (times === 1) return all.map((one) => (one.code === null ? '' : String(one.code))).join('');
  return all.map((one) => `${known(one.code)} ×${one.times}`).join(', ');
}

function section(title: string, lines: readonly string[], when = true): string[] {
  return when ? ['', `## ${title}`, '', ...lines] : [];
}

/** The report of a run, as Markdown. Times are UTC. */
export function reportText(
  record: RunRecord,
  commands: readonly CommandRun[],
  commandsLeftOut: number,
): string {
  const { failure, probes, decisions } = record;
  const left = leftChanged(record.steps);
  const counts = tally(record.steps);
  return [
    `# ${plainMarkdown(record.run)}: ${record.state}`,
    '',
    plainMarkdown(record.title) + (counts === '' ? '' : ` — ${counts}.`),
    '',
    ...facts(record),
    ...section(
      'Why it did not succeed',
      failure === null
        ? []
        : [
            `${code(failure.code)} ${plainMarkdown(failure.message)}`,
            ...(failure.hint === null ? [] : ['', plainMarkdown(failure.hint)]),
          ],
      failure !== null,
    ),
    ...section(
      'What it waits for',
      record.waitingFor.map(
        (waiting) => `- ${code(waiting.path)} (${waiting.kind}): ${plainMarkdown(waiting.message)}`,
      ),
      record.waitingFor.length > 0,
    ),
    ...section(
      'Left changed',
      left.map((step) => `- ${code(step.resource ?? step.path)} by step ${code(step.path)}`),
      left.length > 0 && hasEnded(record.state) && record.state !== 'succeeded',
    ),
    ...section('Steps', steps(record)),
    ...section(
      'What was found before',
      befores(record),
      record.steps.some((step) => step.applied),
    ),
    ...section(
      'Probes',
      table(
        ['Probe', 'Calls', 'Failed', 'Allowed', 'Longest gap', 'Last failure'],
        probes.map((probe) => [
          code(probe.id),
          String(probe.sent),
          String(probe.failed),
          probe.maxFailed === null ? '' : String(probe.maxFailed),
          formatDuration(probe.longestGapMs),
          plainMarkdown(probe.lastFailure ?? ''),
        ]),
      ),
      probes.length > 0,
    ),
    ...section(
      'Decisions',
      table(
        ['At', 'By (claimed)', 'Decision', 'Step', 'Reason'],
        decisions.map(({ at, by, verb, step, reason }) => [
          time(at),
          plainMarkdown(by),
          verb,
          step === null ? '' : code(step),
          plainMarkdown(reason),
        ]),
      ),
      decisions.length > 0,
    ),
    ...section('Timeline', timeline(record)),
    ...section(
      'Commands',
      [
        ...table(
          ['At', 'Step', 'Target', 'Command', 'Exit', 'Took'],
          commands.map((one) => [
            time(one.at),
            `${code(one.step)} ${one.verb}${one.attempt > 1 ? ` (attempt ${one.attempt})` : ''}`,
            one.target === null ? '' : code(one.target),
            code(shortCommand(one.command)),
            exits(one),
            one.longestMs === null
              ? ''
              : `${one.times > 1 ? '≤ ' : ''}${formatDuration(one.longestMs)}`,
          ]),
        ),
        '',
        `${commandsLeftOut > 0 ? `${commandsLeftOut} more` : 'Everything, with its output'}: \`runbook logs --full ${record.run}\`.`,
      ],
      commands.length > 0,
    ),
  ].join('\n');
}
