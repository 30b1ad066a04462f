import type { Check, CheckStatus } from '../doctor/check.js';
import type { Glyphs } from './glyphs.js';
import { blank, line, span, type Line, type Span } from './line.js';
import type { Screen } from './step.js';
import { oneLine, pad, width, wrap } from './width.js';

function markOf(status: CheckStatus, glyphs: Glyphs): Span {
  switch (status) {
    case 'ok':
      return span(glyphs.done, 'good');
    case 'note':
      return span(glyphs.unknown, 'warn');
    case 'broken':
      return span(glyphs.failed, 'bad');
    default: {
      const never: never = status;
      return never;
    }
  }
}

/** What was looked at, how it stands, and how to mend what does not. */
export function checksView(checks: readonly Check[], screen: Screen): Line[] {
  const widest = Math.max(...checks.map(({ name }) => width(name)));
  const lines = checks.flatMap(({ name, status, found, mend }) => {
    const room = Math.max(20, screen.columns - widest - 6);
    const [first = '', ...more] = wrap(oneLine(found), room);
    const under = ' '.repeat(widest + 6);
    return [
      [
        span('  '),
        markOf(status, screen.glyphs),
        span(` ${pad(name, widest)}  `),
        span(first, 'dim'),
      ],
      ...more.map((text) => line(under + text, 'dim')),
      ...(mend === null
        ? []
        : wrap(`${screen.glyphs.arrow} ${oneLine(mend)}`, room).map((text) => line(under + text))),
    ];
  });
  const bad = checks.filter(({ status }) => status === 'broken').length;
  const notes = checks.filter(({ status }) => status === 'note').length;
  const verdict =
    bad > 0
      ? line(`${bad} broken${notes > 0 ? `, ${notes} to know about` : ''}`, 'bad')
      : line(notes > 0 ? `Nothing is broken; ${notes} to know about.` : 'All is well.', 'good');
  return [...lines, blank, verdict];
}
