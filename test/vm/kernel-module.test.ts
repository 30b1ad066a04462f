import { release } from 'node:os';
import { afterAll, describe, expect } from '@jest/globals';
import { silentLog } from '../../activities/log/silent.js';
import { createTargetAccess } from '../../activities/targets/access.js';
import type { Verb } from '../../core/run/engine.js';
import type { Target } from '../../core/target.js';
import { linuxKernelModule } from '../../plugins/linux/kernel-module.js';
import { createLabHost } from '../lab/lab-host.js';
import { attempt } from '../laws/attempt.js';
import { laws } from '../laws.js';
import { needs } from '../needs.js';
import { patience } from '../patience.js';
import { treeScript } from '../targets/tree.js';

// A kernel is shared by all machines of the lab, and by the sandboxes: real modules come and go in a virtual host's own.

const test = needs({
  linux: true,
  root: true,
  commands: ['modprobe', 'modinfo', 'rmmod', 'ip'],
  files: [`/lib/modules/${release()}/modules.dep`],
});
const access = createTargetAccess({ stateDir: '/nowhere', knownHosts: null });
afterAll(() => access.close());

let runs = 0;
const open = (verb: Verb): Target => {
  runs += 1;
  const signal = new AbortController().signal;
  const operation = { run: `modules-${runs}`, step: 'step', verb, attempt: 1, signal };
  return access.open(
    'local',
    { hosts: {}, clusters: {}, groups: {} },
    { ...operation, log: silentLog() },
  );
};
const host = createLabHost(open);

/** geneve needs udp_tunnel and ip6_udp_tunnel. */
const modules = 'geneve ip6_udp_tunnel udp_tunnel';
const clean = `for m in ${modules}; do rmmod "$m" 2>/dev/null || :; done
rm -f /etc/modules-load.d/90-runbook-*.conf
rm -rf /var/lib/runbook/laws`;
const look = `for m in ${modules}; do [ ! -d "/sys/module/$m" ] || echo "$m"; done
${treeScript('/etc/modules-load.d')}`;
const situation = host.stage(clean, look);

laws(linuxKernelModule, {
  test,
  killPoints: 2,
  timeoutMs: 60_000 * patience,
  cases: [
    situation('not loaded', ':', { module: 'geneve' }),
    situation('some of its dependencies loaded', 'modprobe udp_tunnel', { module: 'geneve' }),
    situation(
      'loaded',
      'modprobe geneve',
      { module: 'geneve', persist: false },
      { finds: 'nothing' },
    ),
    situation('part of the kernel', ':', { module: 'kernel' }, { finds: 'nothing' }),
  ],
  bad: [],
});

describe('linux.kernel-module on a kernel of its own', () => {
  const worker = (input: object) =>
    attempt(linuxKernelModule, { target: open, input, cleanup: () => Promise.resolve() });

  // A device does not hold its module: rmmod would take it away without a word.
  test(
    'undo does not take devices away, and names them',
    async () => {
      await host.sh(clean);
      const geneve = worker({ module: 'geneve', persist: false });
      const { before } = await geneve.check();
      await geneve.apply(before);
      await host.sh('ip link add law0 type geneve id 7 remote 192.0.2.1');
      await expect(geneve.undo(before)).rejects.toMatchObject({
        code: 'undo-failed',
        message: expect.stringContaining('geneve is in use: devices of geneve: law0'),
      });
      await host.sh('ip link del law0');
      await geneve.undo(before);
      expect(await host.sh(look)).not.toMatch(/^geneve$/m);
    },
    60_000 * patience,
  );

  test(
    'undo does not remove a module in use, and says so',
    async () => {
      await host.sh(clean);
      const tunnel = worker({ module: 'udp_tunnel', persist: false });
      const { before } = await tunnel.check();
      await tunnel.apply(before);
      await host.sh('modprobe geneve');
      await expect(tunnel.undo(before)).rejects.toMatchObject({
        code: 'undo-failed',
        message: expect.stringContaining('in use'),
      });
      await host.sh('rmmod geneve');
      await tunnel.undo(before);
      expect(await host.sh(look)).not.toMatch(/^udp_tunnel$/m);
    },
    60_000 * patience,
  );

  test('a module that this kernel does not have is refused', async () => {
    await expect(worker({ module: 'no-such-module' }).check()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining(`kernel ${release()} has no module no-such-module`),
    });
  });
});
