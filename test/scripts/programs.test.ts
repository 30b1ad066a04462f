import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeCachePath } from '../../scripts/programs/program.js';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const head = join(dist, 'scripts', 'programs', 'program.js');

/** Begins a program in a process of its own, as every start does, and answers what came of it. */
function begun(path: string): { taken: boolean | null; exports: Record<string, unknown> } {
  const code = `
    const { begin } = await import(${JSON.stringify(head)});
    const { taken, exports } = begin(${JSON.stringify(path)});
    const kinds = Object.entries(exports).map(([name, one]) => [name, typeof one === 'function' ? one.name : one]);
    console.log(JSON.stringify({ taken, exports: Object.fromEntries(kinds) }));
    process.exit();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as ReturnType<typeof begun>;
}

describe('a program that was compiled beforehand', () => {
  let folder: string;
  let program: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'programs-'));
    program = join(folder, 'one.js');
    const source =
      '(function (exports, require, module, __filename) { exports.file = __filename; const sum = () => 1 + 1; exports.sum = sum; })';
    writeFileSync(program, source);
    const compile = join(dist, 'scripts', 'programs', 'compile.js');
    expect(spawnSync(process.execPath, [compile, program]).status).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('takes the code that lies beside it', () => {
    expect(begun(program)).toEqual({
      taken: true,
      exports: { file: program, sum: 'sum' },
    });
  });

  test('begins without it where it is broken', () => {
    truncateSync(codeCachePath(program), 40);
    expect(begun(program)).toMatchObject({ taken: false, exports: { file: program } });
  });

  test('begins without it where there is none', () => {
    rmSync(codeCachePath(program));
    expect(begun(program)).toMatchObject({ taken: null, exports: { file: program } });
  });
});

describe('the programs of the build', () => {
  const programs = join(dist, 'programs');
  const files = readdirSync(programs);
  test.each([
    ['cli', 'main'],
    ['worker', 'runWorker'],
  ])('%s begins with its compiled code', (name, has) => {
    const file = files.find((one) => one.startsWith(`${name}-`) && one.endsWith('.js'));
    expect(begun(join(programs, file ?? ''))).toMatchObject({
      taken: true,
      exports: { [has]: has },
    });
  });

  test('all of them have it', () => {
    const kept = files.filter((one) => one.endsWith('.code')).map((one) => one.split('-')[0]);
    expect(kept.sort()).toEqual(['cli', 'thread', 'worker']);
  });
});
