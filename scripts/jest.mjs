import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { run } from './run.mjs';
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

function excerpt(text) {
  const lines = stripVTControlCharacters(text).trim().split('\n');
  return lines
    .slice(0, 12)
    .map((line) => `    ${line.slice(0, 200)}`)
    .join('\n');
}

/**
 * Runs jest on some folders. Tests run as ES modules, which Node offers behind a flag.
 * @param {readonly string[]} args paths and options of jest
 * @param {Record<string, string>} [env]
 */
export async function jest(args, env = {}) {
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
  const tally = new Tally();
  if (existsSync(file)) {
    const results = JSON.parse(readFileSync(file, 'utf8'));
    tally.passed = results.numPassedTests;
    tally.failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    tally.skipped = results.numPendingTests;
    tally.failures = results.testResults.flatMap(failuresOf);
  }
  // Jest can die without a word of its own: that is a failure too.
  if (code !== 0 && tally.failed === 0) tally.failed = 1;
  rmSync(folder, { recursive: true, force: true });
  return tally;
}
