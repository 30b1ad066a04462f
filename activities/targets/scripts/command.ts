/** begin: records the command that this process is about to become, unless others have come since. */
export const guarded = `need timeout
need "$1"
f=$at.run.$fence.$id pipes=
own() {
  read -r s </proc/self/stat
  pid=\${s%% *}
  set -- \${s##*) }
  start=\${20} sess=$4
  # A session of its own, or nothing may be concluded from it. 0 is any of outside of its process namespace.
  { [ "$sess" = "$$" ] || [ "$sess" = "$PPID" ]; } && [ "$sess" != 0 ] || sess=-
}
begin() {
  own
  mine="$pid $start $sess $boot $verb"
  printf '%s\\n' "$mine" 2>/dev/null >"$f" || { say unwritable "$dir"; exit 125; }
  ran="$sess $s"
  enter
  yield
  fence
  say run "$ran"
}
`;

/**
 * Runs the command, and forgets it when it has ended. Its records are emptied by this shell itself, and removed beside
 * the way back of its exit code, which nobody needs to wait with.
 */
export const plainly = `(
  begin
  exec timeout -k 5 "$t" "$@"
)
code=$?
records
for r in $gone; do true >"$r"; done 2>/dev/null
(trap '' HUP && exec rm -f $gone) </dev/null >/dev/null 2>&1 &
exit "$code"
`;
