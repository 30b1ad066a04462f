import { checks, runChecks } from './checks.mjs';
import { jest, Tally } from './jest.mjs';
import { buildParts, installLabTools } from './lab.mjs';
import { say } from './run.mjs';
import { build, checkTools, installPackages, noLab } from './setup.mjs';
import { labTests } from './test-lab.mjs';

// All set-up, then every test that is quick. Reuses what is there; safe to run again.
// With arguments: only jest, on those paths, after the set-up; paths below test/lab get a lab.

/** What is quick of the tests on the lab; `npm run test:lab` runs all of them. */
const quickOnLab = ['nspawn', 'node-maintenance', 'http', 'lb-expose'].map(
  (name) => `test/lab/${name}.test.ts`,
);

const only = process.argv.slice(2);
const option = only.find((word) => word.startsWith('-'));
if (option !== undefined) {
  process.stderr.write(
    'npm test                      all set-up, then every test that is quick\n' +
      'npm test -- PATH...           only these tests; paths below test/lab/ get a lab\n' +
      'npm run test:lab              every test on the lab\n',
  );
  process.exit(option === '--help' || option === '-h' ? 0 : 64);
}
const onLab = only.filter((path) => path.startsWith('test/lab'));
const offLab = only.filter((path) => !onLab.includes(path));
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

// The server's program first: it is found as soon as it is there.
say('the Temporal CLI: built once');
await parts(['temporal']);
if (without === null) {
  say("the lab's parts: built once, about 25 minutes from nothing");
  await parts([]);
}

if (only.length === 0) {
  const failed = await runChecks(say);
  total.failed += failed.length;
  total.failures.push(...failed.map((name) => `check: ${name}`));
  total.passed += checks.length - failed.length;
  if (failed.length > 0) say(`not well: ${failed.join(', ')}`);
}
if (only.length === 0 || offLab.length > 0) {
  say('unit tests, laws, interpreter, command line');
  total.add(
    await jest(
      only.length === 0 ? ['--testPathIgnorePatterns', '/test/lab/', '/test/vm/'] : offLab,
    ),
  );
}
if (without === null && (only.length === 0 || onLab.length > 0)) {
  total.add(await labTests(only.length === 0 ? quickOnLab : onLab));
}

if (total.failures.length > 0) say(`what failed:\n${total.failures.join('\n')}`);
process.stdout.write(`${total.toString()}\n`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function parts(names) {
  if ((await buildParts(names)) === 0) return;
  total.failed += 1;
  say('the parts could not be built: what needs them will fail');
}
