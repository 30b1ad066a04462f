import { withArgument, type CompletedCommand } from './words.js';

/**
 * Completion for bash. Reads the kept names with the shell's own means alone: no process is started, not
 * even a subshell.
 */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const flags = commands.map(({ name, flags }) => `    ${name}) _rb_words="${flags.join(' ')}" ;;`);
  const fixed = commands
    .filter(({ words }) => words.length > 0)
    .map(({ name, words }) => `    ${name}) _rb_words="${words.join(' ')}" ;;`);
  return `# bash completion for runbook; made by: runbook completion bash
_runbook_folder() {
  _rb_state=\${RUNBOOK_STATE_DIR:-\${XDG_STATE_HOME:-$HOME/.local/state}/runbook}
  local i folder=
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == --project ]] && folder=\${COMP_WORDS[i + 1]}
  done
  folder=\${folder:-$RUNBOOK_PROJECT}
  if [[ -n $folder ]]; then
    [[ $folder != /* ]] && folder=$PWD/$folder
    _rb_project=\${folder%/}
    return
  fi
  _rb_project=$PWD
  while [[ ! -e $_rb_project/runbook.yaml && -n $_rb_project ]]; do _rb_project=\${_rb_project%/*}; done
  [[ -z $_rb_project ]] && _rb_project=$_rb_state/no-project
}
_runbook_names() {
  local kind=$1 word rest file
  _rb_words=
  if [[ $kind == run ]]; then
    file=$_rb_state/completion/runs
    [[ -r $file ]] && while read -r word; do _rb_words+=" $word"; done <"$file"
    return
  fi
  file=$_rb_state/completion/project\${_rb_project//\\//%}
  [[ -r $file ]] || return
  while read -r word rest; do
    [[ $word == "$kind" ]] && _rb_words+=" $rest"
  done <"$file"
}
_runbook_inputs() {
  local book=$1 word name rest file=$_rb_state/completion/project\${_rb_project//\\//%}
  [[ -r $file ]] || return
  while read -r word name rest; do
    [[ $word == flags && $name == "$book" ]] && _rb_words+=" $rest"
  done <"$file"
}
_runbook() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} cmd= first= i word
  local _rb_words= _rb_state= _rb_project=
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == --project ]]; then i=$((i + 1))
    elif [[ $word == -* ]]; then :
    elif [[ -z $cmd ]]; then cmd=$word
    elif [[ -z $first && \${COMP_WORDS[i - 1]} != -* ]]; then first=$word
    fi
  done
  _runbook_folder
  if [[ -z $cmd ]]; then
    _rb_words="${names}"
    [[ $cur == -* ]] && _rb_words="--help --version --project --json --plain --quiet"
  elif [[ $cur == -* ]]; then
    case $cmd in
${flags.join('\n')}
    esac
    [[ -n $first ]] && _runbook_inputs "$first"
  elif [[ $prev == --project ]]; then
    compopt -o dirnames 2>/dev/null
    return
  elif [[ $prev == --* && -n $first ]]; then
    _runbook_names target
  elif [[ -z $first ]]; then
    case $cmd in
${fixed.join('\n')}
    ${withArgument(commands, 'runbook').join('|')}) _runbook_names runbook ;;
    ${withArgument(commands, 'run').join('|')}) _runbook_names run ;;
    esac
  fi
  for word in $_rb_words; do
    [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
  done
}
complete -F _runbook runbook`;
}
