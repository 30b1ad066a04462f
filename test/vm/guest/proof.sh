#!/bin/sh
# Runs the tests that $PROOF_TESTS names, in a host with control groups of version 2 alone. The second serial line is what
# the other side reads; its last line there is the verdict.
exec > /dev/ttyS1 2>&1
stty -F /dev/ttyS1 raw
verdict() { echo "proof: $1"; exit 0; }

kind=$(stat -f -c %T /sys/fs/cgroup)
echo "$(. /etc/os-release; echo "$PRETTY_NAME"), Linux $(uname -r), systemd $(systemctl --version | sed -n '1s/systemd \([0-9]*\).*/\1/p')"
echo "/sys/fs/cgroup is $kind, with $(cat /sys/fs/cgroup/cgroup.controllers)"
[ "$kind" = cgroup2fs ] || verdict "not version 2"
! grep -q ' cgroup ' /proc/mounts || verdict "a hierarchy of version 1 is mounted"

cd /opt/runbook || verdict "no repository"
export HOME=/root NODE_ENV=test RUNBOOK_CACHE_DIR=/opt/cache
# Through a pipe, since jest draws on terminals. Words of the command line, not one word.
# shellcheck disable=SC2086
{
  node --experimental-vm-modules --no-warnings node_modules/jest/bin/jest.js --ci --runInBand --forceExit --verbose $PROOF_TESTS
  echo $? > /run/proof
} 2>&1 | cat
read -r code < /run/proof
[ $code = 0 ] || verdict "jest ended with $code"
left=$(find /sys/fs/cgroup -type d -name 'nspawn-*'; ls /run/netns 2>/dev/null)
# What the host's own systemd does not manage would stay for ever.
for controller in hugetlb rdma misc; do
  case " $(cat /sys/fs/cgroup/cgroup.subtree_control) " in *" $controller "*) left="$left $controller" ;; esac
done
[ -z "$left" ] || verdict "this was left behind: $left"
verdict passed
