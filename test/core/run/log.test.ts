import { describe, expect, test } from '@jest/globals';
import { formatLogLine, parseLogLine, visibleText, type LogEntry } from '../../../core/run/log.js';

const base = {
  seq: 7,
  at: '2026-11-23T10:00:00.000Z',
  step: 'routes-gone[router]',
  verb: 'check',
  attempt: 1,
  target: 'router',
} as const;
const end = { code: 0, durationMs: 2.5, stdoutBytes: 3, stderrBytes: 0, sha256: 'ab' };

const entries: readonly LogEntry[] = [
  { ...base, kind: 'command', text: "vtysh -c 'show ip route json'" },
  { ...base, kind: 'stdout', of: 6, text: 'a\n\u2028"' },
  { ...base, kind: 'stderr', of: 6, base64: '//79' },
  { ...base, kind: 'exit', of: 6, exit: end },
  { ...base, kind: 'exit', of: 6, exit: { ...end, code: null, sha256: null } },
  { ...base, kind: 'note', text: 'stopped' },
  { ...base, target: null, kind: 'note', of: 6, text: 'x' },
];

describe('a log line', () => {
  test.each(entries.map((entry) => [entry.kind, entry] as const))(
    'of kind %s comes back',
    (_, entry) => {
      const line = formatLogLine(entry);
      expect(line.endsWith('\n')).toBe(true);
      expect(line.slice(0, -1)).not.toContain('\n');
      expect(parseLogLine(line.slice(0, -1))).toEqual(entry);
    },
  );

  test.each([
    ['nothing', ''],
    ['half a line', formatLogLine(entries[0] as LogEntry).slice(0, 40)],
    ['another kind', JSON.stringify({ ...base, kind: 'other', text: 'x' })],
    ['an array', '[]'],
    ['null', 'null'],
    ['a number', '12'],
    ['another verb', JSON.stringify({ ...entries[0], verb: 'destroy' })],
    ['a negative number', JSON.stringify({ ...entries[0], seq: -1 })],
    ['output twice', JSON.stringify({ ...entries[1], base64: 'aa' })],
    ['output without any', JSON.stringify({ ...base, kind: 'stdout', of: 6 })],
    ['an exit without its facts', JSON.stringify({ ...base, kind: 'exit', of: 6, exit: {} })],
  ])('with %s holds no entry', (_, line) => {
    expect(parseLogLine(line)).toBeNull();
  });
});

describe('visibleText', () => {
  test('nothing in it moves the cursor or reorders the line', () => {
    expect(
      visibleText('\u001b[31mred\u001b]0;title\u0007\r\u202egnp.exe\u2066\u009b1A\u0000'),
    ).toBe('\\x1b[31mred\\x1b]0;title\\x07\\r\\u202egnp.exe\\u2066\\x9b1A\\x00');
  });

  test('text, tabs and newlines stay', () => {
    expect(visibleText('a\tb\nä 漢 🦀')).toBe('a\tb\nä 漢 🦀');
  });
});
