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
  const { written, quiet } = JSON.parse(told) as { written: number; quiet: number };
  expect(written).toBe(50);
  // The last one may still stand on the stack.
  expect(quiet).toBeLessThan(5);
}, 70_000);
