import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// The last step of a build. Reading some 300 modules one by one is most of the start of the command line and of
// the worker; here each becomes a file of its own, and what it loads only now and then a few more.

const root = fileURLToPath(new URL('..', import.meta.url));

rmSync(`${root}dist/chunks`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ['client/main.ts', 'worker/main.ts'],
  outbase: '.',
  outdir: 'dist',
  // Paths that a module makes from its own place hold, since a chunk lies as deep as client/ and worker/ do.
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Temporal's packages load files and native code of their own, and must be there once; so must ssh2's.
  external: ['@temporalio/*', 'node-ssh', 'pino', 'protobufjs'],
  // Packages in the older format ask for Node's modules so.
  banner: {
    js: "import { createRequire as runbookRequire } from 'node:module'; const require = runbookRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
