import { withArgument, type CompletedCommand } from './words.js';

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Completion for fish; reads the kept names with the shell's own means alone. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const lines = commands.flatMap(({ name, summary, flags, words }) => [
    `complete -c runbook -n '__runbook_none' -a ${name} -d ${quoted(summary)}`,
    ...flags.map(
      (flag) => `complete -c runbook -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}`,
    ),
    ...(words.length === 0
      ? []
      : [
          `complete -c runbook -n '__fish_seen_subcommand_from ${name}' -a ${quoted(words.join(' '))}`,
        ]),
  ]);
  const dynamic = (kind: 'runbook' | 'run'): string =>
    `complete -c runbook -n '__fish_seen_subcommand_from ${withArgument(commands, kind).join(' ')}' -a '(__runbook_names ${kind})'`;
  return `# fish completion for runbook; made by: runbook completion fish
function __runbook_none
  not __fish_seen_subcommand_from ${names}
end
function __runbook_state
  if set -q RUNBOOK_STATE_DIR
    echo $RUNBOOK_STATE_DIR
  else if set -q XDG_STATE_HOME
    echo $XDG_STATE_HOME/runbook
  else
    echo $HOME/.local/state/runbook
  end
end
function __runbook_names
  set -l state (__runbook_state)
  if test $argv[1] = run
    test -r $state/completion/runs; and read -z -l text <$state/completion/runs; and string split -n \\n -- $text
    return
  end
  set -l folder $PWD
  set -q RUNBOOK_PROJECT; and set folder $RUNBOOK_PROJECT
  while not test -e $folder/runbook.yaml; and test -n "$folder"
    set folder (string replace -r '/[^/]*$' '' -- $folder)
  end
  test -z "$folder"; and set folder $state/no-project
  set -l file $state/completion/project(string replace -a / % -- $folder)
  test -r $file; or return
  while read -l kind name rest
    test "$kind" = $argv[1]; and echo $name
  end <$file
end
complete -c runbook -f
${lines.join('\n')}
${dynamic('runbook')}
${dynamic('run')}
complete -c runbook -n 'string match -q -- "--*" (commandline -opc)[-1]' -a '(__runbook_names target)'`;
}
