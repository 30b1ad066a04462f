/**
 * Leases: their number, then name, mode and number of each. fence: notes the numbers on the target, for
 * good where root may, and refuses where a higher one was here that excludes this one. What holders of
 * lower ones left running is stopped. enter: notes the command as running under them. records: sets `gone` to the files
 * in which it is noted, that of the operation (`f`) among them; leave: removes them. One that is empty is of a command that
 * has ended. No name in these folders has a blank.
 */
export const fencing = `leases=$1 held=
shift
while [ "$leases" -gt 0 ]; do held="$held $1 $2 $3"; shift 3; leases=$((leases - 1)); done
if [ -O /var/lib ] && [ -w /var/lib ]; then keep=/var/lib/runbook; else keep=$base; fi
fence() {
  set -- $held
  while [ "$#" -ge 3 ]; do
    l=$keep/leases/$1
    [ -d "$l" ] || (umask 077 && exec mkdir -p "$l") 2>/dev/null || { say unwritable "$l"; exit 125; }
    for d in "$keep" "$keep/leases" "$l"; do
      [ -O "$d" ] && [ ! -L "$d" ] || { say unsafe "$d"; exit 125; }
    done
    [ -e "$l/$2.$3" ] || true 2>/dev/null >"$l/$2.$3" || { say unwritable "$l"; exit 125; }
    for e in "$l"/*; do
      n=\${e##*/} mode=\${n%%.*} n=\${n#*.} c=\${n%%.*}
      case $c in '' | *[!0-9]*) continue ;; esac
      if [ "$c" -gt "$3" ]; then
        [ "$2$mode" = sharedshared ] || { say fenced "$1" "$c"; exit 125; }
      elif [ "$c" -lt "$3" ] && [ "$2$mode" != sharedshared ]; then
        case $n in *.*) ;; *) rm -f "$e"; continue ;; esac
        # Its command may just be forgetting it.
        if { read -r pid start sess b what <"$e"; } 2>/dev/null && [ "$b" = "$boot" ]; then
          stop "$pid" "$start" "$sess"
          case $? in
            0) say stopped-holder "$pid" "$what" "$c" ;;
            2) say stuck "$found"; exit 125 ;;
          esac
        fi
        rm -f "$e"
      fi
    done
    shift 3
  done
}
enter() {
  set -- $held
  while [ "$#" -ge 3 ]; do
    printf '%s\\n' "$mine" 2>/dev/null >"$keep/leases/$1/$2.$3.$id" ||
      { say unwritable "$keep/leases/$1"; exit 125; }
    shift 3
  done
}
records() {
  gone=$f
  set -- $held
  while [ "$#" -ge 3 ]; do gone="$gone $keep/leases/$1/$2.$3.$id"; shift 3; done
}
leave() {
  records
  rm -f $gone $pipes
}
`;
