import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { begin, codeCachePath } from './program.js';

// Run once for each program, at build time and in a process of its own: begins it, has it do what it does at every
// start, and keeps the code that was compiled for that.

const [path = ''] = process.argv.slice(2);
const program = begin(path);
const { warm } = program.exports as { readonly warm?: () => Promise<unknown> };
await warm?.();
writeFileSync(codeCachePath(path), program.code());
if (!isMainThread) process.exit();
