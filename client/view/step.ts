import type { RunRecord, StepRecord } from '../../core/record.js';
import { stepMark, type Glyphs } from './glyphs.js';
import { line, span, type Line } from './line.js';
import { failureWords } from './words.js';
import { isGroup } from './tally.js';
import { age, elapsed, type Clock } from './time.js';
import { fit, fitLine, oneLine, pad, padLeft, width, wrap } from './width.js';

/** How a view is drawn. */
export interface Screen {
  readonly columns: number;
  readonly glyphs: Glyphs;
  readonly clock: Clock;
}

/** Widths of the columns of a list of steps. */
export interface Columns {
  readonly name: number;
  readonly word: number;
  readonly target: number;
  readonly time: number;
}

/** Steps that stand inside others, by path: `work/drain` inside `work`. */
export function depths(steps: readonly { readonly path: string }[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { path } of steps) {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    found.set(path, parent === '' || !found.has(parent) ? 0 : (found.get(parent) ?? 0) + 1);
  }
  return found;
}

/** Name of a step below its parent. */
export function shownName(path: string, depth: number): string {
  const name = depth === 0 ? path : path.slice(path.lastIndexOf('/') + 1);
  return '  '.repeat(depth) + name;
}

/** One word for how a step stands. */
export function word(step: StepRecord): string {
  if (step.outcome === null) return step.phase ?? '';
  if (step.outcome === 'unchanged') {
    if (isGroup(step) || step.kind === 'delay') return 'done';
    if (step.kind === 'guard' || step.kind === 'wait') return 'holds';
  }
  return step.outcome;
}

function time(step: StepRecord, clock: Clock): string {
  // From its beginning to its undoing is how long its effect was there.
  if (step.outcome === 'undone') return '';
  if (step.startedAt === null || step.outcome === 'skipped' || step.phase === 'parked') return '';
  if (step.endedAt === null && step.phase === null) return '';
  return step.endedAt === null
    ? age(step.startedAt, clock)
    : elapsed(step.startedAt, step.endedAt, clock);
}

/** Measures the columns that a record needs. */
export function columnsFor(record: RunRecord, screen: Screen): Columns {
  const depth = depths(record.steps);
  const names = record.steps.map((step) => width(shownName(step.path, depth.get(step.path) ?? 0)));
  const targets = record.steps
    .filter((step) => !step.path.endsWith(`[${step.target}]`))
    .map((step) => width(step.target ?? ''));
  const words = record.steps.map((step) => width(word(step)));
  const narrow = screen.columns < 70;
  return {
    name: Math.min(Math.max(4, ...names), narrow ? 24 : 36),
    word: Math.max(9, ...words),
    target: narrow ? 0 : Math.min(Math.max(0, ...targets), 16),
    time: 6,
  };
}

function remark(step: StepRecord): string | null {
  if (step.outcome === 'failed' || step.phase === 'parked') return null;
  if (step.outcome === null) return step.phase === null ? step.note : step.drift;
  return step.note ?? (step.outcome === 'changed' ? step.drift : null);
}

/** The lines of a step: one, and below it what is going wrong, or why it waits. */
export function stepLines(
  step: StepRecord,
  note: string | undefined,
  depth: number,
  columns: Columns,
  screen: Screen,
): Line[] {
  const mark = stepMark(step, screen.glyphs);
  const tone = step.outcome === null && step.phase === null ? 'dim' : null;
  const target = step.path.endsWith(`[${step.target}]`) ? '' : (step.target ?? '');
  const head: Line = [
    span('  '),
    mark,
    span(` ${pad(shownName(step.path, depth), columns.name)}`, tone),
    span(` ${pad(word(step), columns.word)}`, step.outcome === null ? mark.tone : 'dim'),
    span(columns.target === 0 ? '' : ` ${pad(target, columns.target)}`, 'dim'),
    span(` ${padLeft(time(step, screen.clock), columns.time)}`, 'dim'),
  ];
  const said = remark(step);
  const titled = step.outcome === null && step.title !== lastPart(step.path) ? step.title : null;
  const used = head.reduce((sum, piece) => sum + width(piece.text), 0);
  const room = screen.columns - used - 2;
  const text = oneLine(said ?? titled ?? '');
  const under = '    ' + '  '.repeat(depth) + '  ';
  const active = step.outcome === null && step.phase !== null;
  const inline = width(text) <= room || !active;
  const first =
    inline && text !== '' && room >= 12
      ? [...head, span(`  ${fit(text, room)}`, active ? null : 'dim')]
      : head;
  const below: Line[] = [];
  const put = (words: string, tone: 'bad' | 'warn' | 'dim' | null, max: number): void => {
    for (const one of wrap(oneLine(words), screen.columns - under.length, max))
      below.push(line(under + one, tone));
  };
  if (!inline && text !== '') put(text, null, 3);
  const { failure } = step;
  if (failure !== null && (step.outcome === 'failed' || active)) {
    put(failureWords(failure), 'bad', 6);
    if (failure.hint !== null) put(`${screen.glyphs.arrow} ${failure.hint}`, 'dim', 3);
  }
  if (note !== undefined && active) put(note, 'warn', 2);
  return [fitLine(trimmed(first), screen.columns), ...below];
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\[[^\]]*\]$/, '');
}

/** A line without blanks at its end. */
function trimmed(pieces: Line): Line {
  const kept = [...pieces];
  for (let last = kept.at(-1); last !== undefined; last = kept.at(-1)) {
    const text = last.text.trimEnd();
    kept.pop();
    if (text !== '') {
      kept.push({ ...last, text });
      break;
    }
  }
  return kept;
}
