import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { run, say } from './run.mjs';
import { root } from './setup.mjs';

/** What came of some tests. */
export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;
  /** What failed, with the first words of why: told once more at the end, where it is looked for. */
  failures = [];

  add(other) {
    this.passed += other.passed;
    this.failed += other.failed;
    this.skipped += other.skipped;
    this.failures.push(...other.failures);
  }

  toString() {
    return `${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`;
  }
}

/** The failed tests of a file, or why the file itself could not be run. */
function failuresOf({ name, status, message, assertionResults }) {
  const file = relative(root, name);
  const failed = assertionResults
    .filter((test) => test.status === 'failed')
    .map((test) => `${file}: ${test.fullName}\n${excerpt(test.failureMessages.join('\n'))}`);
  if (failed.length > 0 || status !== 'failed') return failed;
  return [`${file}: could not be run\n${excerpt(message)}`];
}

/** Its beginning and its end: what was expected, and what a command said last. */
function excerpt(text) {
  const lines = stripVTControlCharacters(text).trim().split('\n');
  const shown = lines.length <= 20 ? lines : [...lines.slice(0, 10), '[…]', ...lines.slice(-10)];
  return shown.map((line) => `    ${line.slice(0, 200)}`).join('\n');
}

/** Files of which not one test was run: jest could not load them, or lost the process that ran them. */
function notRun(results) {
  return results.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
}

function tallyOf(results) {
  const tally = new Tally();
  tally.passed = results.numPassedTests;
  tally.failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  tally.skipped = results.numPendingTests;
  tally.failures = results.testResults.flatMap(failuresOf);
  return tally;
}

/** Jest's exit code and results; null where it ended without any. */
async function results(args, env) {
  const folder = mkdtempSync(join(tmpdir(), 'runbook-jest-'));
  const file = join(folder, 'results.json');
  const code = await run(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--no-warnings',
      'node_modules/jest/bin/jest.js',
      '--json',
      `--outputFile=${file}`,
      '--forceExit',
      ...args,
    ],
    { cwd: root, env: { ...env, NODE_ENV: 'test' } },
  );
  const found = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  rmSync(folder, { recursive: true, force: true });
  return { code, found };
}

/**
 * Runs jest on some folders. Tests run as ES modules, which Node offers behind a flag. A file of which not one
 * test was run is run once more, and that is said: a test that has failed never is.
 * @param {readonly string[]} args paths and options of jest
 * @param {Record<string, string>} [env]
 */
export async function jest(args, env = {}) {
  const { code, found: first } = await results(args, env);
  const tally = first === null ? new Tally() : tallyOf(first);
  // Jest can die without a word of its own: that is a failure too.
  if (code !== 0 && tally.failed === 0) {
    tally.failed = 1;
    tally.failures = [`jest ended with exit code ${code}, and told of no test that failed`];
  }
  const again = first === null ? [] : notRun(first);
  if (again.length === 0) return tally;
  say(`could not be run, and is run once more:\n${again.flatMap(failuresOf).join('\n')}`);
  const paths = again.map(({ name }) => name);
  const { found: second } = await results(['--runInBand', '--runTestsByPath', ...paths], env);
  if (second === null) return tally;
  tally.failed -= again.length;
  tally.failures = first.testResults.filter((one) => !again.includes(one)).flatMap(failuresOf);
  tally.add(tallyOf(second));
  return tally;
}
