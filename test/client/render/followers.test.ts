import { describe, expect, test } from '@jest/globals';
import { jsonFollower } from '../../../client/render/json.js';
import { wrappedRows } from '../../../client/render/live.js';
import {
  createOutput,
  silent,
  toText,
  wantsColour,
  type Stream,
} from '../../../client/render/output.js';
import { PlainFollower } from '../../../client/render/plain.js';
import { createProgress } from '../../../client/render/progress.js';
import { runEventSchema } from '../../../client/schemas.js';
import { unicode } from '../../../client/view/glyphs.js';
import { line, span } from '../../../client/view/line.js';
import type { RunRecord } from '../../../core/record.js';
import { at, changed, noon, record, step, waiting } from '../records.js';

class Paper implements Stream {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 80;
  constructor(isTTY = false) {
    this.isTTY = isTTY;
  }
  write(text: string): void {
    this.text += text;
  }
}

const looks: RunRecord[] = [
  record({ state: 'resolving' }),
  record({
    steps: [step('a', { phase: 'applying', startedAt: at(1), drift: 'x differs' }), step('b')],
  }),
  record({
    steps: [
      changed('a', 1, 2, 'x differs'),
      step('b', { phase: 'applying', startedAt: at(2), drift: 'two left' }),
    ],
  }),
  record({
    steps: [
      changed('a', 1, 2, 'x differs'),
      step('b', { phase: 'applying', startedAt: at(2), drift: 'one left' }),
    ],
  }),
  record({
    state: 'parked',
    steps: [
      changed('a', 1, 2, 'x differs'),
      step('b', {
        phase: 'parked',
        startedAt: at(2),
        drift: 'one left',
        failure: {
          code: 'step-timeout',
          message: 'not within 10 s',
          hint: 'give it more time',
          class: 'permanent',
        },
      }),
    ],
    waitingFor: [waiting('b', { message: 'not within 10 s' })],
  }),
  record({
    state: 'cancelled',
    endedAt: at(50),
    steps: [
      changed('a', 1, 2, 'x differs'),
      step('b', { outcome: 'failed', startedAt: at(2), endedAt: at(3) }),
    ],
    decisions: [{ at: at(49), by: 'ada@ops', verb: 'cancel', step: null, reason: 'enough' }],
  }),
];
const sight = (run: RunRecord, trouble: string | null = null) => ({
  record: run,
  notes: {},
  trouble,
});

describe('plain', () => {
  const told = (since: number | null, runs: readonly RunRecord[], everySeconds = 11): string => {
    const paper = new Paper();
    let now = noon;
    const clock = () => ({ now, offsetMinutes: () => 0 });
    const follower = new PlainFollower(createOutput(paper, false), unicode, clock, since);
    for (const run of runs) {
      follower.show(sight(run), null);
      now += everySeconds * 1000;
    }
    const last = runs.at(-1);
    if (last !== undefined)
      follower.finish(sight(last), last.endedAt === null ? 'waiting' : 'ended');
    return paper.text;
  };

  test('one line per event, drift once in a while, the menu, the end', () => {
    expect(told(0, looks))
      .toBe(`12:00:00 run deploy-web-1-20261124-1 host=web-1 version=1.2 by ada@ops
12:00:00 the run is resolving
12:00:11 the run is running
12:00:11 ▸ a applying on web-1: x differs
12:00:02 ✓ a changed on web-1 1.0s
12:00:22 ▸ b applying on web-1: two left
12:00:33 ▸ b applying on web-1: one left
12:00:44 ✗ b parked on web-1: not within 10 s
         → give it more time
12:00:44 the run is parked

b is parked since 12:00:30 (14s)
  runbook retry   deploy-web-1-20261124-1               try again
  runbook skip    deploy-web-1-20261124-1 --reason "…"  go on without it
  runbook confirm deploy-web-1-20261124-1 --reason "…"  it has been done
  runbook undo    deploy-web-1-20261124-1               put everything back
  runbook cancel  deploy-web-1-20261124-1               end here, as it is
12:00:49 cancel by ada@ops: enough
12:00:03 ✗ b failed on web-1 1.0s

cancelled after 50s: 1 changed, 1 failed

Left as they are now: a
`);
  });

  test('drift that changes quickly is not told each time', () => {
    expect(told(0, looks, 1)).not.toContain('one left');
  });

  test('of a run that was watched from its middle, what is done is a count', () => {
    const text = told(null, looks.slice(3, 5));
    expect(text).toContain('by ada@ops; so far 1 changed\n');
    expect(text).not.toContain('✓ a');
    expect(text).toContain('✗ b parked');
    expect(text).toContain('runbook watch deploy-web-1-20261124-1 follows it further');
  });

  test('of a run that has ended since a decision, what came of it is told', () => {
    const text = told(Date.parse(at(45)), looks.slice(-1));
    expect(text).toContain('cancel by ada@ops: enough');
    expect(text).not.toContain('✓ a');
    expect(told(Date.parse(at(2)), looks.slice(-1))).toContain('✓ a changed');
    expect(told(null, looks.slice(-1))).not.toContain('cancel by');
  });

  test('no escape sequences, whatever happens', () => {
    expect(told(0, looks)).not.toContain('\u001b');
  });

  test('trouble is told once', () => {
    const paper = new Paper();
    const clock = () => ({ now: noon, offsetMinutes: () => 0 });
    const follower = new PlainFollower(createOutput(paper, false), unicode, clock, 0);
    follower.show(sight(looks[0] ?? record(), 'the server does not answer'), null);
    follower.show(sight(looks[0] ?? record(), 'the server does not answer'), null);
    expect(paper.text.match(/does not answer/g)).toHaveLength(1);
  });
});

describe('json', () => {
  test('one event per line, each of the schema', () => {
    const paper = new Paper();
    const follower = jsonFollower(createOutput(paper, false));
    for (const run of looks) follower.show(sight(run), null);
    const last = looks.at(-1) ?? record();
    follower.show(sight(last, 'the server does not answer'), null);
    follower.finish(sight(last), 'ended');
    const events = paper.text
      .trim()
      .split('\n')
      .map((text) => runEventSchema.parse(JSON.parse(text)));
    expect(events.map(({ type }) => type)).toEqual([
      'state',
      'state',
      'step',
      'step',
      'step',
      'drift',
      'step',
      'state',
      'waiting',
      'decision',
      'step',
      'ended',
      'trouble',
    ]);
    const ask = events.find((event) => event.type === 'waiting');
    expect(ask?.choices[0]).toEqual({
      verb: 'retry',
      command: 'runbook retry   deploy-web-1-20261124-1',
      meaning: 'try again',
    });
  });
});

describe('output', () => {
  test('colours only where they are wanted', () => {
    const pieces = [[span('bad', 'bad'), span(' plain  ')], line('', 'dim')];
    expect(toText(pieces, false)).toBe('bad plain\n');
    expect(toText(pieces, true)).toBe('\u001b[31mbad\u001b[39m plain\n');
    expect(wantsColour(new Paper(true), {})).toBe(true);
    expect(wantsColour(new Paper(true), { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour(new Paper(true), { NO_COLOR: '' })).toBe(true);
    expect(wantsColour(new Paper(true), { TERM: 'dumb' })).toBe(false);
    expect(wantsColour(new Paper(false), {})).toBe(false);
  });

  test('quiet is quiet', () => {
    const paper = new Paper();
    const out = silent(createOutput(paper, false));
    out.text('x');
    out.lines([line('x')]);
    out.json({});
    expect(paper.text).toBe('');
  });

  test('rows that lines take when the terminal gets narrower', () => {
    expect(wrappedRows([line('a'.repeat(80)), line(''), line('日本語')], 40)).toBe(4);
    expect(wrappedRows([line('日本語')], 3)).toBe(2);
  });
});

describe('progress', () => {
  test('on a terminal one line that changes and goes away', () => {
    const paper = new Paper(true);
    const progress = createProgress(paper, false);
    progress.say('starting');
    progress.done();
    expect(paper.text).toBe('\r\u001b[K\u001b[2mstarting…\u001b[22m\r\u001b[K');
  });
  test('in a log a line per subject', () => {
    const paper = new Paper(false);
    const progress = createProgress(paper, false);
    for (let i = 0; i < 50; i += 1) progress.say(`building: ${i} packages`);
    progress.say('starting');
    expect(paper.text).toBe('building: 0 packages\nstarting\n');
  });
  test('quiet says nothing but warnings', () => {
    const paper = new Paper(false);
    const progress = createProgress(paper, true);
    progress.say('starting');
    progress.say('warning: no WAL');
    expect(paper.text).toBe('warning: no WAL\n');
  });
});
