import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { isMainThread, Worker } from 'node:worker_threads';
import { begin, codeCachePath } from './program.js';

// Run once for each program, at build time and in a process of its own: begins it, has it do what it does at every
// start, and keeps the code that was compiled for that. With a second argument it does so in a thread.

const [path = '', thread] = process.argv.slice(2);

if (isMainThread && thread !== undefined) {
  const [status] = (await once(new Worker(process.argv[1] ?? '', { argv: [path] }), 'exit')) as [
    number,
  ];
  process.exitCode = status;
} else {
  const program = begin(path);
  const { warm } = program.exports as { readonly warm?: () => Promise<unknown> };
  await warm?.();
  writeFileSync(codeCachePath(path), program.code());
  if (!isMainThread) process.exit();
}
