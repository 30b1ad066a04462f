import { createHash } from 'node:crypto';
import { createRedactor } from './redact.js';
import type { StepLog } from './step-log.js';

/** A log that keeps nothing, for work that belongs to no run; `secrets` are still kept out of errors. */
export function silentLog(secrets: readonly string[] = []): StepLog {
  return {
    redactor: (more) => createRedactor([...secrets, ...more]),
    command: () => {
      const bytes = { stdout: 0, stderr: 0 };
      const hash = createHash('sha256');
      return Promise.resolve({
        stdout: (chunk) => {
          bytes.stdout += chunk.length;
          hash.update(chunk);
          return undefined;
        },
        stderr: (chunk) => {
          bytes.stderr += chunk.length;
          return undefined;
        },
        note: () => undefined,
        end: (outcome) =>
          Promise.resolve({
            ...outcome,
            stdoutBytes: bytes.stdout,
            stderrBytes: bytes.stderr,
            sha256: hash.digest('hex'),
          }),
      });
    },
    note: () => Promise.resolve(),
  };
}
