import { run } from './run.mjs';
import { root } from './setup.mjs';

/**
 * Checks that need no test runner, by name. Each is a program that exits 0 when all is well.
 * @type {readonly (readonly [name: string, program: string, args: readonly string[]])[]}
 */
export const checks = [
  ['format', 'npm', ['run', '--silent', 'format:check']],
  ['lint', 'npm', ['run', '--silent', 'lint']],
  ['types', 'npm', ['run', '--silent', 'typecheck']],
  ['generated documents', 'node', ['dist/scripts/generate.js', '--check']],
];

/** Runs all checks, two at a time; answers the names of those that failed. */
export async function runChecks(say) {
  const failed = [];
  const waiting = [...checks];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, program, args] = next;
      say(`check: ${name}`);
      if ((await run(program, args, { cwd: root })) !== 0) failed.push(name);
    }
  };
  await Promise.all([lane(), lane()]);
  return failed;
}
