import { formatDuration } from '../../core/duration.js';
import { visibleText, type LogEntry } from '../../core/run/log.js';
import type { Glyphs } from './glyphs.js';
import { line, span, type Line } from './line.js';
import { shortCommand } from './command-text.js';
import { moment, type Clock } from './time.js';

/** How a log is shown. */
export interface LogScreen {
  readonly glyphs: Glyphs;
  readonly clock: Clock;
  /** True to show commands whole, with the scripts that actions bring along. */
  readonly full: boolean;
  /** True where only one step is shown: its name is then not on every line. */
  readonly single: boolean;
}

function body(entry: LogEntry): string {
  if (entry.kind === 'stdout' || entry.kind === 'stderr') {
    return (
      entry.text ?? `${Buffer.from(entry.base64 ?? '', 'base64').length} bytes that are no text`
    );
  }
  return entry.kind === 'command' || entry.kind === 'note' ? entry.text : '';
}

/** An entry as lines. Nothing that a tool has printed can move the cursor or set colours. */
export function logLines(entry: LogEntry, screen: LogScreen): Line[] {
  const { glyphs, clock, single, full } = screen;
  const step = single ? '' : `${entry.step} `;
  const head = span(`${moment(entry.at, clock)} ${step}`, 'dim');
  const text = visibleText(body(entry).replace(/\n$/, ''));
  switch (entry.kind) {
    case 'command': {
      const [first = '', ...more] = (
        full ? text : shortCommand(visibleText(entry.brief ?? entry.text))
      ).split('\n');
      const where = entry.target === null || entry.target === 'local' ? '' : `${entry.target} `;
      return [
        [head, span(`${where}$ `, 'dim'), span(first, 'strong')],
        ...more.map((one) => line(`    ${one}`, 'strong')),
      ];
    }
    case 'stdout':
    case 'stderr':
      return text
        .split('\n')
        .map((one) => [
          head,
          span(`${glyphs.bar} `, entry.kind === 'stderr' ? 'warn' : 'dim'),
          span(one),
        ]);
    case 'exit': {
      const { code, durationMs } = entry.exit;
      const took = formatDuration(durationMs);
      if (code === 0) return [[head, span(`${glyphs.done} ${took}`, 'dim')]];
      const how = code === null ? 'no exit code' : `exit ${code}`;
      return [[head, span(`${how} after ${took}`, 'warn')]];
    }
    case 'note':
      return [[head, span(text, 'warn')]];
    default: {
      const never: never = entry;
      return never;
    }
  }
}
