import { withArgument, type CompletedCommand } from './words.js';

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Completion for zsh; reads the kept names with the shell's own means alone. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const described = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const flags = commands.map(({ name, flags }) => `      ${name}) words=(${flags.join(' ')}) ;;`);
  const fixed = commands
    .filter(({ words }) => words.length > 0)
    .map(({ name, words }) => `      ${name}) found=(${words.join(' ')}) ;;`);
  return `#compdef runbook
# zsh completion for runbook; made by: runbook completion zsh
_runbook() {
  emulate -L zsh
  local state=\${RUNBOOK_STATE_DIR:-\${XDG_STATE_HOME:-$HOME/.local/state}/runbook}
  local folder=$RUNBOOK_PROJECT cmd first word i
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    if [[ $word == --project ]]; then folder=$words[i+1]; ((i++))
    elif [[ $word == -* ]]; then :
    elif [[ -z $cmd ]]; then cmd=$word
    elif [[ -z $first && $words[i-1] != -* ]]; then first=$word
    fi
  done
  if [[ -n $folder ]]; then
    [[ $folder != /* ]] && folder=$PWD/$folder
    folder=\${folder%/}
  else
    folder=$PWD
    while [[ ! -e $folder/runbook.yaml && -n $folder ]]; do folder=\${folder%/*}; done
    [[ -z $folder ]] && folder=$state/no-project
  fi
  local cur=$words[CURRENT] prev=$words[CURRENT-1]
  local -a lines found runs
  local file=$state/completion/project\${folder//\\//%}
  [[ -r $file ]] && lines=("\${(@f)$(<$file)}")
  [[ -r $state/completion/runs ]] && runs=("\${(@f)$(<$state/completion/runs)}")
  local -a commands
  commands=(
${described.join('\n')}
  )
  if [[ -z $cmd ]]; then
    if [[ $cur == -* ]]; then compadd -- --help --version --project --json --plain --quiet
    else _describe command commands
    fi
    return
  fi
  if [[ $cur == -* ]]; then
    local -a words
    case $cmd in
${flags.join('\n')}
    esac
    for word in \${(M)lines:#flags $first *}; do words+=(\${=word#flags $first }); done
    compadd -- $words
    return
  fi
  if [[ $prev == --project ]]; then _files -/; return; fi
  if [[ $prev == --* && -n $first ]]; then
    compadd -- \${\${(M)lines:#target *}#target }
    return
  fi
  if [[ -z $first ]]; then
    case $cmd in
${fixed.join('\n')}
      ${withArgument(commands, 'runbook').join('|')}) found=(\${\${(M)lines:#runbook *}#runbook }) ;;
      ${withArgument(commands, 'run').join('|')}) found=($runs) ;;
    esac
    compadd -- $found
  fi
}
_runbook "$@"`;
}
