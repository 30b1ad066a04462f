import { PermanentError } from '../../core/errors.js';
import { commands } from '../catalog.js';
import { createCommand } from '../cli.js';
import type { CommandModule } from '../command.js';
import { bashCompletion } from '../completion/bash.js';
import { fishCompletion } from '../completion/fish.js';
import type { CompletedCommand } from '../completion/words.js';
import { zshCompletion } from '../completion/zsh.js';
import { exits } from '../exit.js';

/** What the first argument of a command is. */
const firsts: Readonly<Record<string, CompletedCommand['argument']>> = {
  show: 'runbook',
  validate: 'runbook',
  plan: 'runbook',
  propose: 'runbook',
  start: 'runbook',
  drift: 'runbook',
  status: 'run',
  watch: 'run',
  logs: 'run',
  report: 'run',
  export: 'run',
  ui: 'run',
  retry: 'run',
  skip: 'run',
  confirm: 'run',
  approve: 'run',
  reject: 'run',
  pause: 'run',
  resume: 'run',
  undo: 'run',
  cancel: 'run',
};
const words: Readonly<Record<string, readonly string[]>> = {
  dev: ['status', 'start', 'stop'],
  schedule: ['create', 'list', 'show', 'pause', 'resume', 'trigger', 'delete'],
  completion: ['bash', 'zsh', 'fish'],
};

async function completed(): Promise<CompletedCommand[]> {
  return Promise.all(
    commands.map(async ({ name, summary, load }) => {
      const built = createCommand(name, (await load()).command, summary);
      return {
        name,
        summary,
        flags: built.options.map((option) => option.long ?? '').filter((flag) => flag !== ''),
        argument: firsts[name] ?? null,
        words: words[name] ?? [],
      };
    }),
  );
}

export const command: CommandModule = {
  configure(command) {
    command.argument('<shell>', 'bash, zsh or fish').addHelpText(
      'after',
      `
bash: runbook completion bash > ~/.local/share/bash-completion/completions/runbook
zsh:  runbook completion zsh > a folder of your $fpath, as _runbook
fish: runbook completion fish > ~/.config/fish/completions/runbook.fish

Names of runbooks, targets and runs come from files that the other commands keep up to date:
pressing TAB starts no program.`,
    );
  },
  async run(session, [shell = '']) {
    const writers: Readonly<Record<string, (found: readonly CompletedCommand[]) => string>> = {
      bash: bashCompletion,
      zsh: zshCompletion,
      fish: fishCompletion,
    };
    const write = writers[shell];
    if (write === undefined) {
      throw new PermanentError('usage', `there is no completion for '${shell}'`, {
        hint: 'bash, zsh or fish',
      });
    }
    session.out.text(write(await completed()));
    return exits.done;
  },
};
