import { PermanentError } from '../../core/errors.js';
import type { CommandModule } from '../command.js';
import { acceptDrift } from '../drift/accept.js';
import { checkDrift } from '../drift/check.js';
import { showDrift, usualSince } from '../drift/show.js';
import { prepareInputs } from '../inputs/command.js';
import { plainWords } from '../schedule/timing.js';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<what>', 'name of the runbook, or its file: looks now; or show, or accept')
      .argument('[runbook]', 'show, accept: name of the runbook')
      .argument('[step]', 'accept: path of the step')
      .addHelpText(
        'after',
        `
Looks, and changes nothing. Exit code: 0 no drift, 2 drift, 1 a check failed.

show [RUNBOOK] [--target T] [--since 7d]      what checks on record have found, and since when
accept RUNBOOK STEP --until 7d --reason "…"   let that drift be for a time; it does not count
accept --list, accept RUNBOOK STEP --withdraw
On record are the checks of schedules, and those by hand with --record.`,
      );
  },
  // Flags per word: what is one of show's may be an input of a runbook that is looked at.
  async prepare(session, command, argv) {
    const [what, runbook] = plainWords(argv);
    if (what === 'show') {
      command
        .option('--target <name>', 'only drift on this target')
        .option('--since <time>', 'how far back: 2d, 3h, 2026-11-24', usualSince);
    } else if (what === 'accept') {
      command
        .option('--target <name>', 'only on this target; all targets of the step unless told')
        .option('--until <time>', 'how long: 7d, or a date for its end in UTC')
        .option('--reason <text>', 'why; all who look see it')
        .option('--list', 'shows what is accepted')
        .option('--withdraw', 'takes it back');
      const other = argv.includes('--list') || argv.includes('--withdraw');
      if (runbook !== undefined && !other) await prepareInputs(session, command, [runbook]);
    } else {
      command.option('--record', 'keeps what is found, as a schedule does');
      await prepareInputs(session, command, argv);
    }
  },
  async run(session, [what = '', ...rest], options, command) {
    if (what === 'show') return showDrift(session, rest[0], options);
    if (what === 'accept') return acceptDrift(session, rest, options, command);
    if (rest.length > 0) {
      throw new PermanentError('usage', `drift takes one runbook: '${rest.join(' ')}' is too much`);
    }
    return checkDrift(session, what, options, command);
  },
};
