import { createStage, type Stage } from '../../targets/situation.js';
import { createSandbox, sandboxNeeds } from '../../targets/sandbox.js';

/** What the laws of this plugin need where no machine is started. */
export const stageNeeds = {
  ...sandboxNeeds,
  commands: [...sandboxNeeds.commands, 'systemd-nspawn', 'ssh-keygen', 'ssh-keyscan', 'flock'],
};

/** Control groups, as the host has them: a sandbox has none. */
const groups = `
if ! grep -q ' /sys/fs/cgroup' /proc/mounts; then
  mount -t tmpfs cgroup /sys/fs/cgroup
  mkdir /sys/fs/cgroup/pids
  mount -t cgroup -o pids cgroup /sys/fs/cgroup/pids || {
    umount /sys/fs/cgroup
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    mkdir -p /sys/fs/cgroup/init
    echo 1 > /sys/fs/cgroup/init/cgroup.procs
  }
fi
`;

/** A stage on which labs can be made without machines. */
export function createLabStage(clean: string, look: string): Stage {
  return createStage(`${groups}\n${clean}`, look, async () => {
    const sandbox = await createSandbox();
    return { ...sandbox, open: () => sandbox.target };
  });
}
