import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { isRunbookError, PermanentError, RunbookError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { adminConf, admin, adminGet } from './admin.js';
import { caCertHash } from './certificate.js';
import { endpointOf, initConfig } from './config.js';
import { kubeadmFailure } from './failure.js';
import { clusterFields, type ClusterInput } from './input.js';
import { kubeadmWithConfig, marked, marksOn, publicFile, reset, type Mark } from './machine.js';
import { deleteTokens } from './token.js';
import { kubeadmVersion } from './version.js';

/** A control plane that answers. */
interface Cluster {
  readonly uid: string;
  readonly version: string;
  readonly caCertHash: string;
}

/** Why a control plane cannot be used; `passing` where it may only have been started just now. */
interface Silence {
  readonly why: string;
  readonly passing: boolean;
}

/** What there is on the machine. */
type Look =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unfinished' }
  | ({ readonly kind: 'silent' } & Silence)
  | { readonly kind: 'cluster'; readonly cluster: Cluster };

interface Named {
  readonly metadata: { readonly uid: string };
}

/** Asks the API server of this very machine, not one behind the endpoint. */
async function askApi(host: Target, input: ClusterInput): Promise<Cluster | Silence> {
  const server = endpointOf({ ...input, endpoint: undefined });
  try {
    await admin(host, ['get', '--raw=/readyz'], { server });
    const system = await adminGet<Named>(host, ['namespace', 'kube-system'], { server });
    const config = ['configmap', 'kubeadm-config', '--namespace=kube-system'];
    if ((await adminGet<Named>(host, config, { server })) === null)
      return { why: 'it has no kubeadm-config', passing: false };
    const version = JSON.parse(await admin(host, ['version', '--output=json'], { server })) as {
      serverVersion?: { gitVersion?: string };
    };
    return {
      uid: system?.metadata.uid ?? '',
      version: version.serverVersion?.gitVersion ?? '',
      caCertHash: caCertHash(await publicFile(host, 'pki/ca.crt'), host.name),
    };
  } catch (error) {
    if (!isRunbookError(error)) throw error;
    return { why: error.message, passing: error.class === 'transient' };
  }
}

function isControlPlane(marks: ReadonlySet<Mark>): boolean {
  return marks.has('apiServer') || marks.has('etcd') || marks.has('admin');
}

async function look(host: Target, input: ClusterInput): Promise<Look> {
  const marks = await marksOn(host);
  if (marks.has('begun')) return { kind: 'unfinished' };
  if (!isControlPlane(marks)) {
    return marks.has('kubelet')
      ? { kind: 'silent', why: 'it is a node of a cluster', passing: false }
      : { kind: 'nothing' };
  }
  const answer = await askApi(host, input);
  return 'uid' in answer ? { kind: 'cluster', cluster: answer } : { kind: 'silent', ...answer };
}

function driftOf(host: string, found: Look): string | null {
  switch (found.kind) {
    case 'nothing':
      return `${host} has no control plane`;
    case 'unfinished':
      return `${host}: a kubeadm init or reset has begun and not ended`;
    case 'silent':
      return excerpt(`${host} cannot be used: ${found.why}`, 256);
    case 'cluster':
      return null;
  }
}

const initTimeout = '8m';

/** Runs kubeadm init. The machine is marked as half-made from before it until all is done. */
async function init(host: Target, input: ClusterInput, run: string): Promise<void> {
  const version = input.kubernetesVersion ?? (await kubeadmVersion(host));
  const description = `runbook/${run}`;
  const command = ['sh', ...kubeadmWithConfig(['init', '--skip-token-print'])];
  const result = await host.run('sh', marked(run, command), {
    sudo: true,
    exits: 'any',
    timeout: initTimeout,
    input: initConfig(input, version, description),
    // Its last lines tell how to join, with the token.
    log: 'quiet',
  });
  if (result.exitCode !== 0)
    throw kubeadmFailure(host.name, 'init', result.exitCode, result.stderr);
  await deleteTokens(host, description);
}

/** Makes the first node of a cluster. */
export const kubeadmCluster = defineAction({
  name: 'kubeadm.cluster',
  summary: 'Makes a cluster: its first control-plane node, by kubeadm init.',
  impact: 'change',
  on: 'host',
  slow: true,
  timeout: '12m',
  settle: { timeout: '2m', every: '1s' },
  input: z.strictObject(clusterFields),
  output: z.strictObject({
    uid: z.string().nullable().describe('UID of the kube-system namespace: which cluster it is.'),
    endpoint: z.string().describe('Address and port of its API.'),
    caCertHash: z.string().nullable().describe('Hash of its CA, by which nodes that join know it.'),
    kubeconfig: z.string().describe("File on the machine with the administrator's credentials."),
    version: z.string().nullable().describe('Version of its API server.'),
  }),
  resource: () => 'kubeadm/cluster',
  async check({ target }, input) {
    const found = await look(target, input);
    const cluster = found.kind === 'cluster' ? found.cluster : null;
    return {
      before: { uid: cluster?.uid ?? null },
      drift: driftOf(target.name, found),
      output: {
        uid: cluster?.uid ?? null,
        endpoint: endpointOf(input),
        caCertHash: cluster?.caCertHash ?? null,
        kubeconfig: adminConf,
        version: cluster?.version ?? null,
      },
    };
  },
  async apply({ target, run }, input) {
    const found = await look(target, input);
    if (found.kind === 'cluster') return;
    if (found.kind === 'silent') {
      // A machine that was switched on just now answers soon: how long to try is the step's affair.
      const Refusal = found.passing ? RunbookError : PermanentError;
      throw new Refusal('refused', `${target.name} cannot become a control plane: ${found.why}`, {
        hint: 'It belongs to a cluster that this run did not make. Mend that one; or, when nothing of it is needed any more, kubeadm reset by hand, and retry.',
      });
    }
    await kubeadmVersion(target);
    if (found.kind === 'unfinished') await reset(target, input.criSocket, run.id);
    await init(target, input, run.id);
  },
  async undo({ target, run }, input, before) {
    if (before.uid !== null) return;
    if ((await marksOn(target)).size > 0) await reset(target, input.criSocket, run.id);
  },
  examples: [
    {
      title: 'A control plane that runs pods too, for a network plugin that replaces kube-proxy',
      input: {
        nodeName: 'k8s-ctr',
        advertiseAddress: '192.168.10.100',
        kubernetesVersion: 'v1.33.2',
        serviceSubnet: '10.96.0.0/16',
        skipPhases: ['addon/kube-proxy'],
        taints: [],
        kubelet: { cgroupDriver: 'systemd' },
        controllerManagerFlags: { 'node-monitor-grace-period': '20s' },
      },
    },
  ],
  notes: `Holds when the API server of this machine is ready and the cluster knows its kubeadm configuration. The
node is Ready only with a network plugin: that is not looked at here.

- The configuration (kubeadm.k8s.io/v1beta4: kubeadm 1.31 or later) goes through standard input into a
  file that only root can read, and is deleted when kubeadm ends. The token that kubeadm init insists on
  is deleted at once; kubeadm.node makes its own.
- While init runs, \`/var/lib/runbook/kubeadm-begun\` marks the machine as half-made. An attempt that finds
  the mark resets the machine and begins anew. Without the mark nothing is ever reset: a control plane
  that does not answer may hold the only copy of a cluster.
- **Undo destroys the cluster**: kubeadm reset, with etcd's data, where this step has made it. It leaves
  the files of network plugins, packet filter rules and copies of the kubeconfig.
- Only the first control-plane node is made; settings of an existing cluster are not compared.`,
});
