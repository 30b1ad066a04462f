import { runChecks } from './checks.mjs';
import { giveUp, run, say } from './run.mjs';
import { build, checkTools, installPackages, root } from './setup.mjs';

// Everything that needs no lab and no server: quick enough for before every commit.
await checkTools();
await installPackages();
await build();
const failed = await runChecks(say);
say('unit tests');
const code = await run(
  'node',
  [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    'test/(core|docs|runbooks|plugins)/|test/laws.test.ts',
    '--testPathIgnorePatterns',
    // On real tools in sandboxes: these take minutes.
    'test/plugins/(capture|frr|linux|nspawn)/',
  ],
  { cwd: root },
);
if (code !== 0) failed.push('unit tests');
if (failed.length > 0) giveUp(`Not well: ${failed.join(', ')}`);
say('all is well');
