import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyAction } from '../../core/action.js';
import type { JsonObject } from '../../core/json.js';
import type { Target } from '../../core/target.js';
import { openCache } from '../../labs/parts/builder/cache.js';
import { nspawnMachine } from '../../plugins/nspawn/machine.js';
import { nspawnNetwork } from '../../plugins/nspawn/network.js';
import { nspawnRootfs } from '../../plugins/nspawn/rootfs.js';
import { attempt } from '../laws/attempt.js';
import { patience } from '../patience.js';
import { localTarget } from '../targets/local.js';

/** The root file system that the labs' parts hold; another one for those who have none of them. */
export const base = process.env['RUNBOOK_TEST_ROOTFS'] ?? join(openCache().current, 'rootfs');

/** What a test needs that starts machines. */
export const machineNeeds = {
  linux: true,
  root: true,
  commands: [
    'systemd-nspawn',
    'ip',
    'nsenter',
    'unshare',
    'flock',
    'ssh',
    'ssh-keygen',
    'ssh-keyscan',
  ],
  files: [base],
};

/** A lab of its own in a temporary folder. */
export interface NspawnWorld {
  readonly prefix: string;
  readonly dir: string;
  readonly rootfs: JsonObject;
  readonly network: JsonObject;
  /** Input of nspawn.machine. */
  machine(name: string, address: string, more?: JsonObject): JsonObject;
  /** Brings an action's input about, verified; answers the output of its check. */
  bring(action: AnyAction, input: JsonObject): Promise<Record<string, unknown>>;
  /** What a check says now: drift, and output. */
  look(action: AnyAction, input: JsonObject): Promise<{ drift: string | null; output: unknown }>;
  /** Runs a command in a machine by ssh, with the lab's key and the machine's known host key. */
  ssh(machine: JsonObject, hostKey: unknown, ...command: string[]): Promise<string>;
  /** Everything on this host that belongs to the lab: a line each. */
  remains(): Promise<string[]>;
  /** Removes the lab. */
  stop(): Promise<void>;
}

let made = 0;

const remainsScript = `prefix=$1 dir=$2
ls /run/netns 2>/dev/null | grep -E "^$prefix(-|$)" | sed 's/^/namespace /'
find /sys/fs/cgroup -type d -name "nspawn-$prefix*" | sed 's/^/group /'
grep -F " $dir/" /proc/mounts | cut -d' ' -f2 | sed 's/^/mount /'
ls /run/systemd/nspawn/propagate 2>/dev/null | grep "^$prefix-" | sed 's/^/propagate /'
for process in /proc/[0-9]*; do
  tr '\\0' ' ' < "$process/cmdline" 2>/dev/null | grep -qF -e "--machine=$prefix-" -e "$dir/machines" || continue
  [ "\${process#/proc/}" = $$ ] || echo "process $(tr '\\0' ' ' < "$process/cmdline")"
done
ls /run/runbook/nspawn/fs/inotify/*/holders 2>/dev/null | grep -x "$prefix" | sed 's/^/limit /'
exit 0
`;

/** Waits until an action's verification finds nothing missing. */
export async function settled(look: () => Promise<string | null>): Promise<string | null> {
  const end = performance.now() + 120_000 * patience;
  for (;;) {
    const missing = await look();
    if (missing === null || performance.now() > end) return missing;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Makes the names of a lab; nothing is touched until something is brought about. */
export async function createNspawnWorld(target: Target = localTarget()): Promise<NspawnWorld> {
  made += 1;
  const prefix = `t${process.pid}-${made}`;
  const dir = await mkdtemp(join(tmpdir(), 'runbook-lab-'));
  const key = `${dir}/id_ed25519`;
  const machines = new Map<string, JsonObject>();
  const rootfs = { dir: `${dir}/layer`, base, key };
  const network = {
    prefix,
    bridges: [
      { name: 'br10', addresses: ['192.168.10.1/24'] },
      { name: 'br20', addresses: ['192.168.20.1/24'] },
    ],
  };

  const world: NspawnWorld = {
    prefix,
    dir,
    rootfs,
    network,
    machine: (name, address, more = {}) => {
      const input = {
        name,
        state: 'running',
        prefix,
        dir: `${dir}/machines/${name}`,
        layers: [rootfs.dir, base],
        nics: [{ name: 'eth1', bridge: 'br10', address }],
        ...more,
      };
      machines.set(name, input);
      return input;
    },
    async bring(action, input) {
      const worker = attempt(action, { target, input, cleanup: () => Promise.resolve() });
      const { before, drift } = await worker.check();
      if (drift !== null) {
        await worker.apply(before);
        const missing = await settled(() => worker.verify(before));
        if (missing !== null) throw new Error(missing);
      }
      const found = await worker.check();
      if (found.drift !== null) throw new Error(found.drift);
      return found.output as Record<string, unknown>;
    },
    async look(action, input) {
      const worker = attempt(action, { target, input, cleanup: () => Promise.resolve() });
      const { drift, output } = await worker.check();
      return { drift, output };
    },
    async ssh(machine, hostKey, ...command) {
      const { nics } = nspawnMachine.input.parse(machine);
      const address = nics[0]?.address.split('/')[0] ?? '';
      const { stdout } = await target.run(
        'sh',
        [
          '-c',
          'printf "%s %s\\n" "$3" "$4" > "$2.known"; ns=$1 key=$2 at=$3 wait=$5; shift 5\n' +
            'exec nsenter --net="/run/netns/$ns" ssh -i "$key" -o UserKnownHostsFile="$key.known" -o StrictHostKeyChecking=yes -o BatchMode=yes -o ConnectTimeout="$wait" -o LogLevel=ERROR "root@$at" "$@"',
          'ssh',
          prefix,
          key,
          address,
          String(hostKey),
          String(5 * patience),
          ...command,
        ],
        { timeout: `${30 * patience}s` },
      );
      return stdout.trim();
    },
    async remains() {
      const { stdout } = await target.run('sh', ['-c', remainsScript, 'remains', prefix, dir]);
      return stdout.split('\n').filter(Boolean);
    },
    async stop() {
      for (const machine of machines.values()) {
        await world.bring(nspawnMachine, { ...machine, state: 'absent' });
      }
      await world.bring(nspawnNetwork, { ...network, state: 'absent' });
      await rm(dir, { recursive: true, force: true });
    },
  };
  return world;
}

/** A lab with its root file system and network made. */
export async function startNspawnWorld(target?: Target): Promise<NspawnWorld> {
  const world = await createNspawnWorld(target);
  if (!existsSync(base)) throw new Error(`there is no root file system at ${base}`);
  await Promise.all([
    world.bring(nspawnRootfs, world.rootfs),
    world.bring(nspawnNetwork, world.network),
  ]);
  return world;
}
