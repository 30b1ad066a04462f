import { createHash } from 'node:crypto';
import { z } from 'zod';
import { defineAction, duration, maySecret, type ActionContext } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { excerpt, jsonBytes, plainText } from '../../core/excerpt.js';
import { sameJson } from '../../core/json.js';
import type { CommandOptions, CommandResult } from '../../core/target.js';
import { argv } from './input.js';

const inputSchema = z.strictObject({
  check: argv.describe(
    'Program and arguments that look: exit 0 means as wanted, 1 means drift (what it prints tells which), anything else is a failure.',
  ),
  apply: argv.describe('Program and arguments that make the drift go away.'),
  undo: z
    .union([argv, z.literal('nothing')])
    .optional()
    .describe(
      'Program and arguments that put back what was found, or `nothing` where apply leaves nothing behind. Left out: the step cannot be undone.',
    ),
  input: maySecret(z.string().max(65_536))
    .optional()
    .describe('Text for the standard input of all three.'),
  env: maySecret(
    z.record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'not the name of a variable'),
      z.string().regex(/^[^\0]*$/, 'a variable cannot hold a NUL'),
    ),
  )
    .optional()
    .describe('Environment variables for all three.'),
  sudo: z.boolean().default(false).describe('Run as root where the login user is another.'),
  timeout: duration().prefault('60s').describe('The longest that each of the three may take.'),
  once: z
    .boolean()
    .default(false)
    .describe(
      'Apply must not run twice by itself: where its worker or the connection was lost in the middle of it, what still runs is waited for, and where the check does not tell then, a person is asked.',
    ),
  resource: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('What it changes, as later steps on the same thing name it; its check unless told.'),
});
type Input = z.output<typeof inputSchema>;

/** What check answered before the first change, and what undo is going to do about it. */
type Before = {
  readonly exitCode: number;
  /** What it printed; its sum where that is longer. */
  readonly stdout?: string;
  readonly sha256?: string;
  readonly undo: 'command' | 'nothing' | 'irreversible';
};

const foundBytes = 512;
/** Of what apply and undo print no more is looked at, bytes; the log has all of it. */
const lookedAtBytes = 64 * 1024;

function undoKind({ undo }: Input): Before['undo'] {
  if (undo === undefined) return 'irreversible';
  return undo === 'nothing' ? 'nothing' : 'command';
}

function run(
  ctx: ActionContext,
  input: Input,
  [program = '', ...args]: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  return ctx.target.run(program, args, {
    sudo: input.sudo,
    timeout: input.timeout,
    ...options,
    env: { ...input.env, ...options.env },
    ...(input.input === undefined ? {} : { input: input.input }),
  });
}

/** Undo and apply are told of the state found, as a variable. */
function knowing(before: Before): CommandOptions {
  const env = before.stdout === undefined ? {} : { RUNBOOK_FOUND: before.stdout };
  return { env, capture: lookedAtBytes };
}

function outputOf({ stdout, exitCode }: CommandResult): { stdout: string; exitCode: number } {
  return { stdout: excerpt(stdout.trimEnd(), 512, jsonBytes), exitCode };
}

/** Any tool: three argument lists that check, apply and undo. */
export const linuxCommand = defineAction({
  name: 'linux.command',
  summary: 'Runs any tool: one command that checks, one that applies, one that undoes.',
  impact: 'disrupt',
  on: 'host',
  repeatable: ({ once }) => !once,
  input: inputSchema,
  output: z.strictObject({
    stdout: z.string().describe('What the command printed; at most 512 bytes of it.'),
    exitCode: z.int().describe('Exit code of the command.'),
  }),
  resource: ({ resource, check }) => {
    if (resource !== undefined) return resource;
    const sum = createHash('sha256').update(JSON.stringify(check)).digest('hex');
    return `command/${sum.slice(0, 16)}`;
  },
  async check(ctx, input) {
    const result = await run(ctx, input, input.check, { exits: [0, 1], failure: 'check-failed' });
    const stdout = result.stdout.trimEnd();
    const short = stdout.length <= foundBytes;
    const small = short && jsonBytes(stdout) <= foundBytes && !stdout.includes('\0');
    const before: Before = {
      exitCode: result.exitCode,
      ...(small ? { stdout } : { sha256: createHash('sha256').update(stdout).digest('hex') }),
      undo: undoKind(input),
    };
    const told = excerpt(plainText(stdout), 256) || 'the check found drift, and printed nothing';
    return { before, drift: result.exitCode === 0 ? null : told, output: outputOf(result) };
  },
  async apply(ctx, input, before) {
    return outputOf(await run(ctx, input, input.apply, knowing(before)));
  },
  async undo(ctx, input, before) {
    if (input.undo === 'nothing') return;
    if (input.undo === undefined) {
      throw new PermanentError(
        'irreversible',
        `${ctx.target.name}: ${input.apply[0] ?? ''} has no undo in this runbook`,
        { hint: 'Put things back by hand and skip the step, or give it an undo.' },
      );
    }
    await run(ctx, input, input.undo, knowing(before));
  },
  restored(before, now) {
    if (before.undo === 'nothing' || sameJson(before, now)) return null;
    if (before.exitCode !== now.exitCode) {
      return before.exitCode === 0
        ? 'the check finds drift, as it did not before'
        : 'the check finds no drift, as it did before';
    }
    return 'the check prints something else than before';
  },
  examples: [
    {
      title: 'Keep the swap off',
      input: {
        check: ['sh', '-c', 'swapon --show=NAME --noheadings | grep . && exit 1 || exit 0'],
        apply: ['swapoff', '--all'],
        undo: ['swapon', '--all'],
      },
    },
    {
      title: 'Let a bridge forward frames between its machines, and put back what was found',
      input: {
        check: [
          'sh',
          '-c',
          'v=$(cat /sys/class/net/br0/bridge/multicast_snooping); echo "$v"; [ "$v" = 0 ]',
        ],
        apply: ['sh', '-c', 'echo 0 > /sys/class/net/br0/bridge/multicast_snooping'],
        undo: ['sh', '-c', 'echo "$RUNBOOK_FOUND" > /sys/class/net/br0/bridge/multicast_snooping'],
        sudo: true,
      },
    },
    {
      title: 'Read the partition table again; nothing to undo',
      input: {
        check: ['test', '-b', '/dev/vda3'],
        apply: ['partprobe', '/dev/vda'],
        undo: 'nothing',
        sudo: true,
      },
    },
  ],
  notes: `The way in for a tool that has no action of its own yet. Arguments are handed over as they
are: there is no shell unless you name one, and then the values belong behind its script, as \`$1\`,
\`$2\`.

- \`check\` only looks. What it prints is shown as the drift, and is kept in the run record: no
  secrets, and nothing that changes by itself (no times, no counters), or every plan differs.
- A \`check\` that takes longer than two seconds is stopped, and begun once more with all its time: it
  must bear that, and is better quick.
- \`apply\` may be started again after a crash, if the check still finds drift by then: it must bear
  that. What must not happen twice by itself gets \`once: true\`. What such an apply prints, up to a MiB of
  each stream, and its exit code stay on the host for a week, in files that only its login can read; with
  secrets in \`input\` or \`env\` the exit code alone.
- \`apply\` and \`undo\` get what \`check\` printed before the first change in \`RUNBOOK_FOUND\` (up to
  512 bytes of it; unset where it was longer), so that undo can put back what was found.
- Undo is verified: the check must end and print as it did before. With \`undo: nothing\` it need not.
  Without \`undo\` the step cannot be undone, and the run parks there.
- A command that takes longer than the step's \`timeout\` needs both set.`,
});
