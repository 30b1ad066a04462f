import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stamp } from './stamp.js';

/** Says in a file that this process serves a task queue, and which build it is of. */
export function announce(file: string, taskQueue: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const text = JSON.stringify({
    pid: process.pid,
    taskQueue,
    stamp: stamp(),
    startedAt: new Date().toISOString(),
  });
  writeFileSync(`${file}.${process.pid}`, `${text}\n`);
  renameSync(`${file}.${process.pid}`, file);
}

/** Takes that back; only our own word: a successor may have written its own. */
export function retract(file: string): void {
  const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number };
  if (pid === process.pid) rmSync(file, { force: true });
}
