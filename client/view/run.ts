import type { RunRecord } from '../../core/record.js';
import { hasEnded } from '../../core/run/outcome.js';
import { canonical, type Json } from '../../core/json.js';
import { formatDuration } from '../../core/duration.js';
import { stateTone } from './glyphs.js';
import { blank, line, span, type Line } from './line.js';
import { settled, type Sight } from './live.js';
import { menu } from './menu.js';
import { columnsFor, depths, stepLines, type Screen } from './step.js';
import { leftChanged, tally } from './tally.js';
import { age, elapsed, moment } from './time.js';
import { fitLine, oneLine, pad, wrap } from './width.js';
import { failureWords } from './words.js';
import { windowed } from './window.js';

/** The last lines that a step's commands have printed. */
export interface Tail {
  readonly step: string;
  readonly lines: readonly string[];
}

/** What a view of a run shows besides the run. */
export interface RunViewOptions extends Screen {
  /** Lines that there is room for; null shows everything. */
  readonly rows: number | null;
  readonly tail: Tail | null;
}

/** Inputs as words: `node=k8s-w0 window=10m`. */
export function inputWords(inputs: Readonly<Record<string, Json>>): string {
  return Object.entries(inputs)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : canonical(value)}`)
    .join(' ');
}

/** That a run does without the server, and why. */
export function withoutServer({ reason, host }: NonNullable<RunRecord['local']>): string {
  return oneLine(`without the server, on ${host}: its leases are not seen. Reason: ${reason}`);
}

function header({ record }: Sight, screen: Screen): Line[] {
  const { clock, glyphs } = screen;
  const took =
    record.endedAt === null
      ? age(record.startedAt, clock)
      : elapsed(record.startedAt, record.endedAt, clock);
  const first: Line = [
    span(record.run, 'strong'),
    span('  '),
    span(record.state, stateTone(record.state)),
    span(`  ${took}`, 'dim'),
  ];
  const facts = [
    oneLine(record.title),
    `by ${oneLine(record.startedBy)}`,
    ...(record.proposal === undefined ? [] : [`proposed by ${oneLine(record.proposal.by)}`]),
    `since ${moment(record.startedAt, clock)}`,
  ];
  const inputs = oneLine(inputWords(record.inputs));
  return [
    first,
    line(facts.join(` ${glyphs.dot} `), 'dim'),
    ...(record.undoes === undefined ? [] : [line(`puts back what ${record.undoes} has changed`)]),
    ...(record.local === undefined ? [] : [line(withoutServer(record.local), 'warn')]),
    ...(inputs === '' ? [] : [line(inputs, 'dim')]),
    ...(record.state === 'queued'
      ? [
          blank,
          line(`waits for ${record.locks.join(', ')}: runbook leases shows who has it`, 'warn'),
        ]
      : []),
  ].map((one) => fitLine(one, screen.columns));
}

function probes(record: RunRecord, screen: Screen): Line[] {
  if (record.probes.length === 0) return [];
  const widest = Math.max(...record.probes.map((probe) => probe.id.length));
  return [
    blank,
    ...record.probes.map((probe): Line => {
      const over = probe.maxFailed !== null && probe.failed > probe.maxFailed;
      const gap =
        probe.longestGapMs > 0 ? `, longest gap ${formatDuration(probe.longestGapMs)}` : '';
      const last =
        probe.lastFailure === null || probe.failed === 0 ? '' : ` (${oneLine(probe.lastFailure)})`;
      return fitLine(
        [
          span('  probe ', 'dim'),
          span(pad(probe.id, widest)),
          span(`  ${probe.sent} calls, `, 'dim'),
          span(`${probe.failed} failed`, over ? 'bad' : probe.failed > 0 ? 'warn' : 'dim'),
          span(`${gap}${last}`, 'dim'),
        ],
        screen.columns,
      );
    }),
  ];
}

function tailLines(tail: Tail | null, screen: Screen): Line[] {
  if (tail === null || tail.lines.length === 0) return [];
  return [
    blank,
    line(`  log of ${tail.step}`, 'dim'),
    ...tail.lines.map((text) =>
      fitLine([span(`  ${screen.glyphs.bar} `, 'dim'), span(oneLine(text), 'dim')], screen.columns),
    ),
  ];
}

/** Changes that are still in place: what undo would put back, or what an ended run has left. */
export function changedSoFar(record: RunRecord, { columns }: Screen): Line[] {
  const left = leftChanged(record.steps);
  const matters = ['parked', 'waiting', 'paused', 'stopped', 'cancelled'].includes(record.state);
  if (!matters || left.length === 0) return [];
  const names = left.map((step) => step.path).join(', ');
  const text = hasEnded(record.state)
    ? `Left as they are now: ${names}`
    : `Changed so far; undo puts back: ${names}`;
  return [blank, ...wrap(oneLine(text), columns, 4).map((one) => line(one, 'dim'))];
}

/** How the run ended. */
export function ending(record: RunRecord, screen: Screen): Line[] {
  const { columns, clock, glyphs } = screen;
  const lines: Line[] = [];
  if (hasEnded(record.state)) {
    const counts = tally(record.steps);
    lines.push(blank, [
      span(record.state, stateTone(record.state)),
      span(` after ${elapsed(record.startedAt, record.endedAt, clock)}`),
      span(counts === '' ? '' : `: ${counts}`, 'dim'),
    ]);
    if (record.failure !== null) {
      for (const text of wrap(failureWords(record.failure), columns - 2, 8))
        lines.push(line(`  ${text}`, record.state === 'succeeded' ? 'warn' : 'bad'));
      if (record.failure.hint !== null)
        for (const text of wrap(`${glyphs.arrow} ${oneLine(record.failure.hint)}`, columns - 2, 4))
          lines.push(line(`  ${text}`, 'dim'));
    }
    const outputs = oneLine(inputWords(record.outputs));
    if (outputs !== '') lines.push(fitLine(line(`  outputs ${outputs}`, 'dim'), columns));
  }
  return lines;
}

function troubleLines(trouble: string | null, { columns }: Screen): Line[] {
  if (trouble === null) return [];
  return [blank, ...wrap(trouble, columns).map((text) => line(text, 'warn'))];
}

/** Lines of steps that are worth more than the end of the log and the probes. */
const enough = 6;

/** A run: header, steps, probes, what it waits for with the commands that decide, and the end of the log. */
export function runView(seen: Sight, options: RunViewOptions): Line[] {
  const sight = { ...seen, record: settled(seen.record) };
  const { record, notes, trouble } = sight;
  const top = [...header(sight, options), blank];
  // What gives way first where a terminal is small comes first.
  const parts = [
    tailLines(options.tail, options),
    probes(record, options),
    changedSoFar(record, options),
    ending(record, options),
    menu(record, options.columns, options.clock),
    troubleLines(trouble, options),
  ];
  const columns = columnsFor(record, options);
  const depth = depths(record.steps);
  const blocks = record.steps.map((step) => ({
    step,
    lines: stepLines(step, notes[step.path], depth.get(step.path) ?? 0, columns, options),
  }));
  const steps = blocks.reduce((sum, block) => sum + block.lines.length, 0);
  let bottom = parts.flat();
  for (let dropped = 1; dropped <= 3 && options.rows !== null; dropped += 1) {
    if (options.rows - top.length - bottom.length >= Math.min(steps, enough)) break;
    bottom = parts.slice(dropped).flat();
  }
  const room = options.rows === null ? null : options.rows - top.length - bottom.length;
  return [...top, ...windowed(blocks, room, options), ...bottom];
}
