import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { buildParts } from '../../scripts/lab.mjs';
import { giveUp, say } from '../../scripts/run.mjs';
import { build as compile, installPackages, noLab, root } from '../../scripts/setup.mjs';

// Runs tests of the nspawn provider on a virtual host that has control groups of version 2 alone, whatever this machine has;
// and those that need a kernel of their own.
// Arguments are jest's, without blanks in them.

const usual = [
  'test/vm/kernel-module.test.ts',
  'test/lab/nspawn.test.ts',
  'test/vm/control-plane.test.ts',
];

function skip(why) {
  say(`skipped: ${why}`);
  process.exit(0);
}

const without = noLab() ?? (process.arch === 'x64' ? null : 'the virtual host is an x86-64 one');
if (without !== null) skip(without);
setPriority(10);
await installPackages();
await compile();

const parts = await import('../../dist/labs/parts/index.js');
await parts
  .ensureAptPackages(['qemu-system-x86', 'e2fsprogs'])
  .catch((error) => skip(`there is no QEMU: ${error.message}`));
say("the machines' root file system: built once");
if ((await buildParts(['rootfs'])) !== 0) giveUp('The proof needs it.');

say("the virtual host's root file system: built once, in about two minutes");
const { host, kernelOf } = await import('./host.mjs');
const cache = parts.openCache(join(parts.cacheRoot(), 'vm'));
await parts.build(['host'], { all: [host], cacheRoot: cache.root, installPackages: true });
const files = join(cache.current, 'host');

const { boot } = await import('./machine.mjs');
const folder = mkdtempSync(join(cache.root, 'run-'));
const log = join(folder, 'console');
let verdict = 'none: the host ended before the tests did';
try {
  say('its disk');
  await makeDisk(join(folder, 'disk'));
  say('its life: emulated, so it takes a while');
  await boot({
    ...(await kernelOf(files)),
    disk: join(folder, 'disk'),
    console: log,
    onLine(line) {
      process.stdout.write(`${line}\n`);
      verdict = /^proof: (.*)/.exec(line.trim())?.[1] ?? verdict;
    },
  });
} finally {
  rmSync(join(folder, 'disk'), { force: true });
}
if (verdict !== 'passed') giveUp(`Not proven: ${verdict}. What the host said is in ${log}.`);
rmSync(folder, { recursive: true });
say('proven: the provider works with control groups of version 2 alone');

/** Puts everything on one disk. */
async function makeDisk(disk) {
  const places = [disk, files, root, process.execPath, parts.openCache().current];
  const tests = process.argv.length > 2 ? process.argv.slice(2) : usual;
  const script = ['--mount', 'sh', join(root, 'test', 'vm', 'disk.sh'), ...places];
  const child = spawn('unshare', script, { stdio: ['pipe', 'inherit', 'inherit'] });
  // Emulation is slow, so the tests wait longer.
  child.stdin.end(`PROOF_TESTS="${tests.join(' ')}"\nRUNBOOK_TEST_PATIENCE=20\n`);
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (code !== 0) giveUp('The disk could not be made: see above.');
}
