import { prepare, readOnly } from './prepare.js';

/**
 * $1 mark: says which process the shell is. Then `r` runs a command that only reads, in a subshell, with the arguments
 * of `readOnly`. `p` runs one that leaves nothing behind (plain-programs.ts), with $1 as PATH; nobody here keeps its
 * limit, and it says nothing: `c` is `missing` where there is no such program. `e` tells the exit code $1 on both
 * streams, with the mark $2.
 */
export const heldScript = (mark: string): string => `r() (
${prepare}${readOnly.replace("say run '?'", "say run '-'")})
p() {
  PATH=$1 c=
  shift
  command -v "$1" >/dev/null 2>&1 || { c=missing; return; }
  (exec "$@")
}
e() { printf '\\036%s end %s\\n' "$2" "$1"; printf '\\036%s end\\n' "$2" >&2; }
LC_ALL=C TERM=dumb
export PATH LC_ALL TERM
unset LANG LANGUAGE
read -r s </proc/self/stat
printf '\\036%s shell %s\\n' ${mark} "$s"
printf '\\036%s\\n' ${mark} >&2
`;
