import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChecks } from './checks.mjs';
import { jest, Tally } from './jest.mjs';
import { buildParts, installLabTools, runbook } from './lab.mjs';
import { say } from './run.mjs';
import { build, checkTools, installPackages, noLab } from './setup.mjs';

// All set-up, then every test that is quick. Reuses what is there; safe to run again.
// With arguments: only jest, on those paths, after the set-up.

const only = process.argv.slice(2);
const total = new Tally();

await checkTools();
await installPackages();
await build();

const without = noLab();
if (without === null) {
  say('tools of the lab and of the tests (apt)');
  await installLabTools({ test: true });
} else {
  say(`no lab here: ${without}. Tests that need it are skipped.`);
}

say(
  without === null ? 'parts of the lab: built once, about 25 minutes from nothing' : 'Temporal CLI',
);
const parts = await buildParts(without === null ? [] : ['temporal']);
if (parts !== 0) {
  total.failed += 1;
  say('the parts could not be built: what needs them will fail');
}

if (only.length > 0) {
  total.add(await jest(only));
} else {
  const failed = await runChecks(say);
  total.failed += failed.length;
  total.passed += 4 - failed.length;
  if (failed.length > 0) say(`not well: ${failed.join(', ')}`);

  say('unit tests, laws, interpreter, command line');
  total.add(await jest(['--testPathIgnorePatterns', '/test/lab/']));

  if (without === null) total.add(await labTests());
}

process.stdout.write(`${total.toString()}\n`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** Brings the lab up by the product's own runbook, runs the tests on it, and takes it down. */
async function labTests() {
  const tally = new Tally();
  const state = mkdtempSync(join(tmpdir(), 'runbook-lab-'));
  const env = { RUNBOOK_STATE_DIR: state };
  try {
    say('lab-up');
    if ((await runbook(['start', 'lab-up', '--yes'], env)) !== 0) {
      tally.failed += 1;
      say('lab-up failed: the tests on the lab cannot run');
      return tally;
    }
    say('tests on the lab');
    tally.add(await jest(['--runInBand', 'test/lab'], env));
  } finally {
    say('lab-down');
    if ((await runbook(['start', 'lab-down', '--yes'], env)) !== 0) tally.failed += 1;
    await runbook(['dev', 'stop'], env);
    if (tally.failed === 0) rmSync(state, { recursive: true, force: true });
    else say(`logs and records of the failed run are kept in ${state}`);
  }
  return tally;
}
