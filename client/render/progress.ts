import type { Stream } from './output.js';

/** Tells what takes its time, on standard error. */
export interface Progress {
  /** What is being done now. */
  say(text: string): void;
  /** It is over: the line is taken away where that can be. */
  done(): void;
}

/** Where it is no terminal, one subject is told again after so long, ms. */
const againMs = 30_000;

/** Text without its numbers: two that differ in these alone have one subject. */
function subject(text: string): string {
  return text.replace(/\d+/g, '#');
}

/** Progress on a stream: one line that changes on a terminal, lines now and then elsewhere. */
export function createProgress(stream: Stream, quiet: boolean): Progress {
  let shown = false;
  let last = '';
  let lastAt = 0;
  const clear = (): void => {
    if (shown) stream.write('\r\u001b[K');
    shown = false;
  };
  return {
    say(text) {
      if (quiet && !text.startsWith('warning')) return;
      if (stream.isTTY === true && !text.startsWith('warning')) {
        const room = (stream.columns ?? 80) - 4;
        stream.write(`\r\u001b[K\u001b[2m${text.slice(0, room)}…\u001b[22m`);
        shown = true;
        return;
      }
      clear();
      const now = Date.now();
      if (subject(text) === last && now - lastAt < againMs) return;
      last = subject(text);
      lastAt = now;
      stream.write(`${text}\n`);
    },
    done: clear,
  };
}
