import { systemClock } from '../view/time.js';
import { blank, line, type Line } from '../view/line.js';
import type { Glyphs } from '../view/glyphs.js';
import { runView, type Tail } from '../view/run.js';
import type { Sight } from '../view/live.js';
import type { Follower } from './follower.js';
import type { Live } from './live.js';
import type { Output } from './output.js';

/** How often the clock on the screen goes on, ms. */
const tickMs = 1000;

/** Draws a run in place, and leaves its last state standing. */
export function ttyFollower(
  output: Output,
  live: Live,
  glyphs: Glyphs,
  below = 'Ctrl-C leaves this view; the run goes on.',
): Follower {
  let last: { sight: Sight; tail: Tail | null } | null = null;
  const frame = (rows: number | null, extra: readonly Line[]): readonly Line[] => {
    if (last === null) return extra;
    const screen = { columns: live.columns, glyphs, clock: systemClock() };
    const tail = rows === null ? null : last.tail;
    return [...runView(last.sight, { ...screen, rows, tail }), ...extra];
  };
  const draw = (): void => {
    const help = [blank, line(below, 'dim')];
    // One row stays free for the cursor.
    live.draw(frame(live.rows - 1 - help.length, help));
  };
  const timer = setInterval(draw, tickMs);
  output.stream.on?.('resize', draw);
  return {
    show(sight, tail) {
      last = { sight, tail };
      draw();
    },
    finish(sight) {
      clearInterval(timer);
      output.stream.off?.('resize', draw);
      last = { sight, tail: null };
      live.clear();
      output.lines(frame(null, []));
    },
  };
}
