import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.mjs';
import { root } from './setup.mjs';

/** What came of some tests. */
export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;

  add(other) {
    this.passed += other.passed;
    this.failed += other.failed;
    this.skipped += other.skipped;
  }

  toString() {
    return `${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`;
  }
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
  }
  // Jest can die without a word of its own: that is a failure too.
  if (code !== 0 && tally.failed === 0) tally.failed = 1;
  rmSync(folder, { recursive: true, force: true });
  return tally;
}
