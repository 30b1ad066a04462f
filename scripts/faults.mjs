import { buildParts } from './lab.mjs';
import { run, say } from './run.mjs';
import { build, checkTools, installPackages, root } from './setup.mjs';

// Breaks everything that can be broken, for as long as wanted, and judges what is left: see docs/faults.md.

const args = process.argv.slice(2);
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(
    'npm run faults                          everything once: every countable point, every scenario\n' +
      'npm run faults -- --minutes 60          again and again with other seeds, for at least an hour\n' +
      'npm run faults -- --seed 17             the faults of that seed, at the same places\n' +
      'npm run faults -- --only mixed          one scenario; may be repeated\n' +
      'npm run faults -- --lanes 2             so many rounds at once, each with a server of its own\n' +
      'npm run faults -- --tally FILE          adds to what earlier times came to, and goes on with the next seed\n',
  );
  process.exit(0);
}

await checkTools();
await installPackages();
await build();
say('the Temporal CLI: built once');
if ((await buildParts(['temporal'])) !== 0) process.exit(1);
process.exitCode = await run(
  process.execPath,
  ['--no-warnings', '--import', './test/processes/typescript.mjs', 'test/faults/main.ts', ...args],
  { cwd: root },
);
