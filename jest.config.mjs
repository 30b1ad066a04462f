/** Tests run as ES modules; swc strips the types. */
export default {
  testEnvironment: 'node',
  // Most of the time is spent waiting for processes; by itself jest would leave one core idle. (More than 100 % is read as
  // a number.)
  maxWorkers: '100%',
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
