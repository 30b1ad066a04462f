import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';

// The last step of a build. Reading some 600 modules one by one is most of the start of the command line and of the
// worker, and compiling them most of the rest: here each becomes one file, with its compiled code beside it.

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'dist', 'programs');
const head = join(root, 'scripts', 'programs', 'program.ts');

/**
 * The programs. `warm` does what every start does, as far as it can be done without a server; what it has needed is
 * compiled beforehand.
 */
const programs = {
  cli: `
    import { main } from './client/cli.ts';
    import { takeApart } from './client/argv.ts';
    export { main };
    export const warm = () => main(takeApart(['validate', '--project', 'cilium-bgp']));`,
  worker: `
    import { runWorker } from './worker/worker.ts';
    export { runWorker };
    export async function warm() {
      await import('./worker/serving.ts');
    }`,
  thread: `import '@temporalio/worker/lib/workflow/workflow-worker-thread';`,
};

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
};

/** What packages look for beside their own files is not beside a program: they are told where it is. */
const places = {
  name: 'places',
  setup({ onLoad, onResolve }) {
    // Makes the workflows' code, which is done at build time here; it would load webpack.
    onLoad({ filter: /@temporalio[\\/]worker[\\/]lib[\\/]workflow[\\/]bundler\.js$/ }, () => ({
      contents: later('@temporalio/worker/lib/workflow/bundler'),
    }));
    const instead = (filter, from, to) =>
      onLoad({ filter }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        if (!text.includes(from)) throw new Error(`${path} does not say ${from} any more`);
        return { contents: text.replace(from, to) };
      });
    instead(
      /@temporalio[\\/]core-bridge[\\/]common\.js$/,
      '__dirname',
      "path.dirname(require.resolve('@temporalio/core-bridge/package.json'))",
    );
    instead(
      /ssh2[\\/]lib[\\/]protocol[\\/]crypto\.js$/,
      './crypto/build/Release/sshcrypto.node',
      'ssh2/lib/protocol/crypto/build/Release/sshcrypto.node',
    );
    onResolve({ filter: /^program:/ }, ({ path }) => ({ path, namespace: 'program' }));
    onLoad({ filter: /^/, namespace: 'program' }, ({ path }) => ({
      contents: programs[path.slice('program:'.length)],
      resolveDir: root,
    }));
    // Nobody reads messages of zod's in any of its 40 other languages.
    onLoad({ filter: /node_modules[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

function later(module) {
  const names = ['WorkflowCodeBundler', 'bundleWorkflowCode', 'defaultWorkflowInterceptorModules'];
  const lines = names.map(
    (name) =>
      `Object.defineProperty(exports, '${name}', { get: () => require('${module}').${name} });`,
  );
  return lines.join('\n');
}

/** Source of a module that begins a program and hands out one function of it. */
function beginning(name, has) {
  return `import { fileURLToPath } from 'node:url';
    import { begin } from ${JSON.stringify(head)};
    const { exports } = begin(fileURLToPath(new URL('../programs/${files[name]}', import.meta.url)));
    export const { ${has} } = exports;`;
}

/** Has a program begun where its first module was imported. */
const begun = {
  name: 'begun',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /[\\/]client[\\/]cli\.ts$/ }, () => ({
      contents: beginning('cli', 'main'),
      resolveDir: root,
    }));
    onLoad({ filter: /[\\/]worker[\\/]worker\.ts$/ }, () => ({
      contents: beginning('worker', 'runWorker'),
      resolveDir: root,
    }));
    // The list of all commands is needed for the help; the commands themselves are the program's.
    onResolve({ filter: /^\.\/commands\// }, ({ path }) => ({ path, external: true }));
  },
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out);
writeFileSync(join(out, 'package.json'), '{ "type": "commonjs" }\n');
const { resolve } = createRequire(import.meta.resolve('@temporalio/worker'));
copyFileSync(resolve('source-map/lib/mappings.wasm'), join(out, 'mappings.wasm'));
const { metafile } = await build({
  ...shared,
  entryPoints: Object.keys(programs).map((name) => ({ in: `program:${name}`, out: name })),
  outdir: out,
  entryNames: '[name]-[hash]',
  format: 'cjs',
  metafile: true,
  minifyWhitespace: true,
  // Node prints the line that an error comes from.
  lineLimit: 120,
  legalComments: 'external',
  // What is compiled so has no other way to load anything.
  supported: { 'dynamic-import': false },
  external: [
    '@temporalio/worker/lib/workflow/bundler',
    '@temporalio/core-bridge/package.json',
    './workflow-worker-thread',
    './worker-thread',
    './inbound-interceptor',
    './outbound-interceptor',
    '*.node',
    'cpu-features',
  ],
  define: { 'import.meta.url': 'programUrl' },
  banner: {
    js: "(function (exports, require, module, __filename, __dirname) {const programUrl = require('node:url').pathToFileURL(__filename).href;",
  },
  footer: { js: '})' },
  plugins: [places],
});
const files = Object.fromEntries(
  Object.keys(metafile.outputs)
    .filter((path) => path.endsWith('.js'))
    .map((path) => [basename(path).split('-')[0], basename(path)]),
);
// esbuild writes everything else as ASCII, so what is left stands in regular expressions.
for (const name of Object.values(files)) {
  const text = readFileSync(join(out, name), 'utf8');
  const ascii = text.replaceAll(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  writeFileSync(join(out, name), ascii);
}

await build({
  ...shared,
  entryPoints: ['client/main.ts', 'worker/main.ts'],
  outbase: '.',
  outdir: 'dist',
  format: 'esm',
  plugins: [begun],
});
await build({
  ...shared,
  stdin: {
    contents: `import { join } from 'node:path';
      import { begin } from ${JSON.stringify(head)};
      begin(join(__dirname, '${files.thread}'));`,
    resolveDir: root,
  },
  outfile: join(out, 'workflow-worker-thread.js'),
  format: 'cjs',
});

const compile = join(root, 'dist', 'scripts', 'programs', 'compile.js');
const state = mkdtempSync(join(tmpdir(), 'runbook-build-'));
for (const name of ['cli', 'worker']) {
  const path = join(out, files[name]);
  const { status } = spawnSync(process.execPath, [compile, path], {
    stdio: ['ignore', 'ignore', 'inherit'],
    // What a command line notes for the next one is not for those who build.
    env: { ...process.env, RUNBOOK_STATE_DIR: state },
  });
  if (status !== 0) throw new Error(`${path} does not begin`);
}
const thread = new Worker(compile, { argv: [join(out, files.thread)] });
const [status] = await once(thread, 'exit');
if (status !== 0) throw new Error(`${files.thread} does not begin`);
rmSync(state, { recursive: true });
