import { randomUUID } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createSandbox, enterCopy, sandboxNeeds, type Sandbox } from './sandbox.js';

/** First process: a real systemd with no unit but an empty target, in a cgroup of its own. */
const init = `${enterCopy}
mount -t cgroup2 cgroup2 /sys/fs/cgroup
rm -rf /etc/systemd/system /etc/systemd/system.conf.d /usr/lib/systemd/system-generators
rm -rf /usr/lib/systemd/system-preset /etc/systemd/system-preset
mkdir -p /etc/systemd/system
printf '[Manager]\\nDefaultStandardOutput=null\\nLogTarget=null\\nShowStatus=no\\n' > /etc/systemd/system.conf
printf '[Unit]\\nDefaultDependencies=no\\n' > /etc/systemd/system/law.target
echo ready
export container=sandbox
exec /lib/systemd/systemd --unit=law.target </dev/null
`;

/** Where this machine has its unified cgroups, if root may make one there. */
function unifiedCgroups(): string | null {
  if (process.platform !== 'linux') return null;
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const mount = mounts.find((line) => line.includes(' - cgroup2 '))?.split(' ')[4] ?? null;
  if (mount === null) return null;
  try {
    accessSync(mount, constants.W_OK);
    return mount;
  } catch {
    return null;
  }
}

/** What a test needs for {@link createSystemd}. */
export const systemdNeeds = {
  ...sandboxNeeds,
  files: ['/lib/systemd/systemd', unifiedCgroups() ?? 'a writable cgroup2 file system'],
};

/** A sandbox whose first process is systemd; ready when systemd says so. */
export async function createSystemd(): Promise<Sandbox> {
  const cgroup = `${unifiedCgroups() ?? ''}/runbook-test-${randomUUID()}`;
  const sandbox = await createSandbox({ name: 'systemd', init, cgroup });
  for (let round = 0; round < 200; round += 1) {
    const state = await sandbox.target.run('systemctl', ['is-system-running'], { exits: 'any' });
    if (state.stdout.trim() === 'running') return sandbox;
    await delay(25);
  }
  await sandbox.stop();
  throw new Error('systemd did not come up in the sandbox');
}
