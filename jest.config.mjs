import { availableParallelism } from 'node:os';

/** Tests run as ES modules; swc strips the types. */
export default {
  testEnvironment: 'node',
  // Many tests wait for processes. On two processors all of `npm test` took 17:51 min with four, 20:22 with three.
  maxWorkers: availableParallelism() + 2,
  // Only what hangs is to fail: jest's own five seconds are short for a test that starts processes on a busy machine.
  testTimeout: 60_000,
  testSequencer: '<rootDir>/test/sequence.mjs',
  // Modules of test files stay in a worker's memory: begun anew between files before it runs out.
  workerIdleMemoryLimit: '1500MB',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
};
