/**
 * For what must not happen twice. What is known of the attempts before belongs to what a person has decided
 * since: it is forgotten. The command's exit code stays for the next attempt, and with $1 `all` the first MiB
 * of each stream: who reads them may be gone at any time, and the command must not notice.
 */
export const once = `kept=$1
shift
need tee
for e in "$at".end.* "$at".out.* "$at".err.*; do
  i=\${e#"$at".}
  if [ -e "$e" ] && theirs "\${i#*.}"; then rm -f "$e"; fi
done
`;

/**
 * Runs the command, and keeps how it ended. Its output goes through tee, which goes on when nobody reads it any more:
 * into a file, or into nothing where it must not be left lying there.
 */
export const keeping = `which=$fence.$id
# Its worker may be gone before it learns that the command begins now.
say() { (trap '' PIPE; printf '\\036%s %s\\n' "$m" "$*") 2>/dev/null; }
streams() {
  pipes="$at.pipe1.$which $at.pipe2.$which"
  if [ "$kept" = all ]; then out=$at.out.$which err=$at.err.$which; else out=/dev/null err=/dev/null; fi
  (umask 077 && exec mkfifo $pipes) || { say unwritable "$dir"; exit 125; }
  (umask 077 && trap '' PIPE XFSZ && ulimit -f 2048 && exec tee "$out" <"$at.pipe1.$which" 2>/dev/null) &
  (umask 077 && trap '' PIPE XFSZ && ulimit -f 2048 && exec tee "$err" <"$at.pipe2.$which" >&2 2>/dev/null) &
}
(
  # What is refused here has not begun, and has no end to tell of.
  trap 'rm -f "$f"' EXIT
  begin
  streams
  exec timeout -k 5 "$t" "$@" >"$at.pipe1.$which" 2>"$at.pipe2.$which"
)
code=$?
[ ! -e "$f" ] || printf '%s\\n' "$code" 2>/dev/null >"$at.end.$which"
pipes="$at.pipe1.$which $at.pipe2.$which"
leave
exit "$code"
`;

/**
 * Looks for commands of attempts before, and stops none:
 *   at <files>                                       of the operation, as a pattern
 *   left <id> running <pid> | ended <code> | gone    what became of one; gone: nobody learnt how it ended
 *   out <id> <hex>, err <id> <hex>                   the end of what is kept of its output
 *   looked                                           that was all
 */
export const lookForTheirs = `fence
say at "$at.*"
for f in "$at".run.* "$at".end.*; do
  [ -e "$f" ] || continue
  i=\${f#"$at".} kind=\${i%%.*} i=\${i#*.}
  theirs "$i" || continue
  if [ "$kind" = run ]; then
    [ ! -e "$at.end.$i" ] || continue
    if read -r pid start sess b what <"$f" && [ "$b" = "$boot" ] && lives "$pid" "$start"; then
      say left "$i" running "$pid"
    else
      # It may have ended just now, and be about to tell.
      sleep 0.3
      [ ! -e "$at.end.$i" ] || { read -r code <"$at.end.$i" && say left "$i" ended "$code"; }
      [ -e "$at.end.$i" ] || say left "$i" gone
    fi
  else
    read -r code <"$f" && say left "$i" ended "$code"
  fi
  for n in out err; do
    [ ! -s "$at.$n.$i" ] || say "$n" "$i" "$(tail -c 4096 "$at.$n.$i" | od -An -v -tx1 | tr -d ' \\n')"
  done
done
say looked
`;
