import type { WriteStream } from 'node:tty';
import { formatProgress } from './progress.js';
import type { Progress } from './progress.js';

/** Draws progress. A change of part or state is always shown. */
export type ProgressView = (progress: Progress) => void;

/** Milliseconds between two lines about the same part where there is no terminal. */
const interval = 10_000;

/** One live line on a terminal; elsewhere a line every ten seconds at most. */
export function progressView(
  stream: Pick<WriteStream, 'isTTY' | 'columns' | 'write'>,
): ProgressView {
  return stream.isTTY ? liveView(stream) : plainView((line) => stream.write(`${line}\n`), Date.now);
}

/** The view for logs; `now` in milliseconds. */
export function plainView(write: (line: string) => void, now: () => number): ProgressView {
  let shown = '';
  let last = -Infinity;
  return (progress) => {
    const turn = `${progress.part} ${progress.state}`;
    if (turn === shown && now() - last < interval) return;
    shown = turn;
    last = now();
    write(formatProgress(progress));
  };
}

function liveView(stream: Pick<WriteStream, 'columns' | 'write'>): ProgressView {
  return (progress) => {
    const ended = progress.state !== 'building' && progress.state !== 'waiting';
    const line = formatProgress(progress).slice(0, (stream.columns || 80) - 1);
    stream.write(`\r\u001b[2K${line}${ended ? '\n' : ''}`);
  };
}
