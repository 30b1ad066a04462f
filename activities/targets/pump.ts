import type { Readable } from 'node:stream';

/** A stream that is being read to its end. */
export interface Pump {
  /** Settles at the end of the stream, also where it was destroyed. */
  readonly done: Promise<void>;
  /** Time since the last chunk or pause, ms: 0 while the reader itself is busy. */
  idleMs(): number;
}

/**
 * Hands every chunk of a stream to `take`, one after the other; where `take` answers with a promise,
 * the stream is paused until it settles. A promise that rejects ends nothing: `take` keeps its errors.
 */
export function pump(stream: Readable, take: (chunk: Buffer) => Promise<void> | undefined): Pump {
  let busy = 0;
  let last = performance.now();
  const done = new Promise<void>((resolve) => {
    stream.once('end', resolve);
    stream.once('close', resolve);
    // The process tells how it ended; a stream that breaks with it adds nothing.
    stream.once('error', () => resolve());
  });
  stream.on('data', (chunk: Buffer) => {
    last = performance.now();
    const wait = take(chunk);
    if (wait === undefined) return;
    busy++;
    stream.pause();
    const go = (): void => {
      busy--;
      last = performance.now();
      if (busy === 0) stream.resume();
    };
    wait.then(go, go);
  });
  return { done, idleMs: () => (busy > 0 ? 0 : performance.now() - last) };
}
