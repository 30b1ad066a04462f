import { availableParallelism } from 'node:os';

/** Tests run as ES modules; swc strips the types. */
export default {
  testEnvironment: 'node',
  // A third of the time is spent waiting for processes: one more than there are processors. Jest reads '150%' as 150.
  maxWorkers: availableParallelism() + 1,
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
