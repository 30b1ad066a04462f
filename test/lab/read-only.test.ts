import type { AnyAction } from '../../core/action.js';
import { ciliumAgents } from '../../plugins/cilium/agents.js';
import { ciliumBgpReports } from '../../plugins/cilium/bgp-reports.js';
import { ciliumPodNetworks } from '../../plugins/cilium/pod-networks.js';
import { ciliumPoolFree } from '../../plugins/cilium/pool-free.js';
import { kubeBackends } from '../../plugins/kube/backends.js';
import { kubeCondition } from '../../plugins/kube/condition.js';
import { kubeControlPlaneRedundant } from '../../plugins/kube/control-plane-redundant.js';
import { kubeLint } from '../../plugins/kube/lint.js';
import { kubeNodeDown } from '../../plugins/kube/node-down.js';
import { kubePodsSettled } from '../../plugins/kube/pods-settled.js';
import { kubeReach } from '../../plugins/kube/reach.js';
import { kubeRollout } from '../../plugins/kube/rollout.js';
import { kubeSelected } from '../../plugins/kube/selected.js';
import { kubeSpread } from '../../plugins/kube/spread.js';
import { linuxAddresses } from '../../plugins/linux/addresses.js';
import { linuxBootSettings } from '../../plugins/linux/boot-settings.js';
import { linuxRouteFits } from '../../plugins/linux/route-fits.js';
import { linuxSilent } from '../../plugins/linux/silent.js';
import { laws, type LawCase } from '../laws.js';
import { createLabTargets, hostsOf, kubectl, lab, needsLab } from './kube-fixture.js';

// Actions that only read, and whose laws are proven on captures elsewhere: here each meets the real tools once with
// what holds, and once with what does not.

const test = needsLab('nodes', 'routers', 'workers');
const open = createLabTargets();
const cluster = Object.keys(lab?.inventory.clusters ?? {})[0] ?? 'no cluster';
const nodes = hostsOf('nodes');
const [node = 'no-node'] = hostsOf('workers');
const [only = 'no-node'] = hostsOf('control-plane');
const [router = 'no-router'] = hostsOf('routers');
const addressOf = (name: string): string => lab?.inventory.hosts[name]?.address ?? '192.0.2.1';

/** What a check must leave alone: objects by name, and what each of them is to be. */
async function objects(): Promise<string> {
  const kinds = 'nodes,services,deployments,daemonsets,ciliumloadbalancerippools';
  const path =
    '{range .items[*]}{.kind}/{.metadata.name} {.metadata.generation} {.spec}{"; "}{end}';
  const args = ['get', kinds, '--all-namespaces', `--output=jsonpath=${path}`];
  return kubectl(open(cluster)('check'), args);
}

const on =
  (target: string) =>
  (title: string, input: object, finds: LawCase['finds']): LawCase => ({
    title,
    ...(finds === undefined ? {} : { finds }),
    arrange: () =>
      Promise.resolve({
        target: open(target),
        on: Object.fromEntries(nodes.map((name) => [name, open(name)])),
        input,
        snapshot: objects,
        cleanup: () => Promise.resolve(),
      }),
    // Measured anew by each look.
    volatile: ['p50Ms', 'p99Ms', 'pairs'],
  });

/** An action with an input that holds on the lab, and one that does not. */
function both(action: AnyAction, target: string, holds: object | null, not: object | null): void {
  const situation = on(target);
  laws(action, {
    test,
    cases: [
      ...(holds === null ? [] : [situation(`holds on ${target}`, holds, 'nothing')]),
      ...(not === null ? [] : [situation(`does not hold on ${target}`, not, 'drift')]),
    ],
    bad: [],
  });
}

const web = { selector: 'app=webpod' };
const pool = { pool: 'law-pool', cidrs: ['172.16.9.0/24'] };
const pod = (image: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'law' },
  spec: { containers: [{ name: 'x', image }] },
});

both(
  ciliumAgents,
  cluster,
  { settings: { EnableBGPControlPlane: true } },
  { settings: { EnableBGPControlPlane: false } },
);
both(ciliumBgpReports, cluster, { reported: true }, { reported: false });
both(ciliumPodNetworks, cluster, { nodes: [...nodes] }, { nodes: ['no-such-node'] });
both(ciliumPoolFree, cluster, pool, { ...pool, cidrs: [`${addressOf(node)}/32`] });
both(kubeBackends, cluster, { service: 'webpod' }, { service: 'webpod', minReady: 9 });
const condition = { kind: 'services', name: 'webpod', type: 'cilium.io/IPAMRequestSatisfied' };
both(kubeCondition, cluster, condition, { ...condition, status: 'False' });
both(kubeControlPlaneRedundant, cluster, { node }, { node: only });
both(
  kubeLint,
  cluster,
  { manifest: pod('lab.local/whoami:v1'), ignore: ['bare-pod'] },
  { manifest: pod('lab.local/whoami') },
);
both(kubeNodeDown, cluster, null, { node });
both(kubePodsSettled, cluster, { namespace: 'default', ...web }, null);
both(
  kubeReach,
  cluster,
  { hosts: [...nodes], ...web },
  { hosts: [...nodes], ...web, urls: ['http://172.16.1.1:81/'], timeout: '1s' },
);
both(
  kubeRollout,
  cluster,
  { kind: 'deployment', name: 'webpod' },
  { kind: 'deployment', name: 'no-such' },
);
both(
  kubeSelected,
  cluster,
  { kind: 'services', ...web, names: ['default/webpod'] },
  { kind: 'services', ...web, names: ['default/other'] },
);
// Three pods, wherever other tests have moved them.
both(kubeSpread, cluster, { ...web, maxSkew: 3 }, { ...web, selector: 'app=no-such' });
both(
  linuxAddresses,
  router,
  { has: [addressOf(router)] },
  { has: [addressOf(router), '192.0.2.77'] },
);
both(linuxBootSettings, router, {}, null);
const way = { to: '172.20.0.0/16', via: addressOf(router), apart: ['10.96.0.0/16'] };
both(linuxRouteFits, only, way, { ...way, to: '10.96.0.0/12' });
both(linuxSilent, router, null, {});
