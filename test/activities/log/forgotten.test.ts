import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

test('a worker forgets the logs of runs that nobody writes to any more', () => {
  const loader = new URL('../../processes/typescript.mjs', import.meta.url).href;
  // Objects are counted in a process of their own: those of a test's realm are not seen.
  const told = execFileSync(
    process.execPath,
    ['--no-warnings', '--import', loader, path('many-logs.ts')],
    { encoding: 'utf8', timeout: 60_000 },
  );
  const { then, after } = JSON.parse(told) as { then: number; after: number };
  expect(then).toBe(50);
  // The last one may still stand on the stack.
  expect(after).toBeLessThan(5);
}, 70_000);
