/**
 * $1 mark, $2 limit in seconds, $3 PATH, $4 number of variables; then those, then the command. A variable
 * is `NAME=value`, or `NAME:lines` for one whose value nobody may see: it comes first on standard input.
 */
export const prepare = `m=$1 t=$2 PATH=$3 n=$4
shift 4
LC_ALL=C TERM=dumb
export PATH LC_ALL TERM
unset LANG LANGUAGE
say() { printf '\\036%s %s\\n' "$m" "$*"; }
printf '\\036%s\\n' "$m" >&2
take() {
  hidden_lines=\${1##*:}
  IFS= read -r hidden_value || exit 125
  while [ "$hidden_lines" -gt 1 ]; do
    IFS= read -r hidden_line || exit 125
    hidden_value="$hidden_value
$hidden_line"
    hidden_lines=$((hidden_lines - 1))
  done
  export "\${1%%:*}=$hidden_value"
  unset hidden_value hidden_line
}
while [ "$n" -gt 0 ]; do
  case $1 in
    *=*) export "$1" ;;
    *) take "$1" ;;
  esac
  shift
  n=$((n - 1))
done
need() { command -v "$1" >/dev/null 2>&1 || { say missing "$1"; exit 127; }; }
`;

/** Runs the command in bounded time, and nothing besides. */
export const readOnly = `need timeout
need "$1"
read -r s </proc/self/stat
say run '?' "$s"
exec timeout -k 5 "$t" "$@"
`;
