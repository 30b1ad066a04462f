import type { RunRecord, StepRecord } from '../core/record.js';
import { ballotWords } from '../core/run/ballot.js';

const marks: Readonly<Record<string, string>> = {
  unchanged: '✓',
  changed: '✓',
  confirmed: '✓',
  restored: '✓',
  skipped: '–',
  failed: '✗',
  undone: '↩',
};

/** Lines that were made before: a step's record is a new object whenever something of it has changed. */
const lines = new WeakMap<StepRecord, string>();

function line(step: StepRecord): string {
  const known = lines.get(step);
  if (known !== undefined) return known;
  const made = makeLine(step);
  lines.set(step, made);
  return made;
}

function makeLine(step: StepRecord): string {
  const mark =
    step.outcome === null ? (step.phase === null ? '·' : '▶') : (marks[step.outcome] ?? '·');
  const how = step.outcome ?? step.phase ?? '';
  const why = step.failure?.message ?? (step.phase === null ? null : step.drift) ?? step.note;
  return `- ${mark} \`${step.path}\` ${how}${why === null || why === undefined ? '' : ` — ${why}`}`;
}

/** The most that fits into a workflow's details is 20,000 bytes. */
const maxLength = 15_000;

/** The run as markdown, for the Web UI: state, what it waits for, and each step. */
export function details(record: RunRecord): string {
  const asks = record.waitingFor.map(
    (waiting) =>
      `**${waiting.path} waits** (${waiting.kind}): ${waiting.message}\n\n` +
      (waiting.ballot === undefined ? '' : `${ballotWords(waiting.ballot).join('\n\n')}\n\n`) +
      waiting.verbs.map((verb) => `    runbook ${verb} ${record.run} ${waiting.path}`).join('\n'),
  );
  const text = [
    `**${record.state}** — ${record.title}, started by ${record.startedBy}`,
    ...(record.failure === null ? [] : [record.failure.message]),
    ...asks,
    record.steps.map(line).join('\n'),
  ].join('\n\n');
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}
