import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { hostileWords } from '../../activities/targets/words.js';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import type { Rig } from '../rig.js';
import { wrongExit, type Outcome } from './scenario.js';

/** Where a value can go: each word arrives in all of them. */
const places = ['argument', 'variable', 'input'] as const;

/** Writes what arrives, with a NUL after each word; nothing in it is made from the words themselves. */
const receiver = {
  argument: `printf '%s\\0' "$@" > "$0"`,
  variable: `env -0 | grep -z '^W[0-9]' | sort -z | sed -z 's/^[^=]*=//' > "$0"`,
  input: `cat > "$0"`,
} as const;

/** Between the words of the input: none of them has it. */
const between = '\u241e';

const nameOf = (at: number): string => `w${String(at).padStart(3, '0')}`;

/** A runbook with so many inputs, all of which go to a command as arguments, as variables and as its input. */
function write(rig: Rig, run: string, count: number): void {
  const names = Array.from({ length: count }, (_, at) => nameOf(at));
  const values = names.map((name) => `"\${{ inputs.${name} }}"`);
  const variables = names.map((name, at) => `${name.toUpperCase()}: ${values[at]}`);
  const text = names.map((name) => `\${{ inputs.${name} }}`).join(between);
  const command = (place: keyof typeof receiver, more: string): string =>
    `check: [test, -e, FOLDER/words/${run}.${place}]\n      apply: [sh, -c, '${receiver[place].replaceAll("'", "''")}', FOLDER/words/${run}.${place}${more}`;
  rig.bench.runbook(
    'words',
    `inputs:
${names.map((name) => `  ${name}: { type: string, description: A word. }`).join('\n')}
steps:
  - id: argument
    action: linux.command
    input:
      ${command('argument', `, ${values.join(', ')}]`)}
  - id: variable
    action: linux.command
    input:
      ${command('variable', ']')}
      env: { ${variables.join(', ')} }
  - id: input
    action: linux.command
    input:
      ${command('input', ']')}
      input: "${text}"
onFailure: stop
`,
  );
}

function arrived(rig: Rig, run: string, place: (typeof places)[number]): readonly string[] {
  const path = rig.bench.path('words', `${run}.${place}`);
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  return place === 'input' ? text.split(between) : text.split('\0').slice(0, -1);
}

/**
 * F19: words that a shell could take for something else go all the way: command line, inputs, expressions,
 * history, wrapper, program. Each arrives byte for byte, and none of them does anything.
 */
export async function injected(rig: Rig, dice: Dice, count: number): Promise<Outcome> {
  const words = dice.shuffled(hostileWords(400, dice.below(2 ** 31))).slice(0, count);
  const run = rig.newRun();
  write(rig, run, count);
  rig.bench.write('words/.keep', '');
  await rig.bench.expect(0, 'dev', 'start');
  const before = readdirSync(rig.bench.folder).sort();
  const flags = words.map((word, at) => `--${nameOf(at)}=${word}`);
  const result = await rig.bench.run('start', 'words', '--id', run, '--plain', ...flags);
  const violations: Violation[] = wrongExit(`start words (seed ${dice.seed})`, result, 0);
  for (const place of places) {
    const got = arrived(rig, run, place);
    const at = words.findIndex((word, index) => word !== got[index]);
    if (at === -1 && got.length === words.length) continue;
    const what = `${place} ${at}: ${JSON.stringify(words[at])} arrived as ${JSON.stringify(got[at])}`;
    violations.push({ invariant: 'I10', what });
  }
  const made = readdirSync(rig.bench.folder).filter((name) => !before.includes(name));
  if (made.length > 0)
    violations.push({ invariant: 'I10', what: `something has made ${made.join(', ')}` });
  rig.nemesis.count(`${count} hostile words, three ways`);
  return { trials: 1, violations };
}
