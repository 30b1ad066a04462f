import type { JsonObject } from '../../core/json.js';
import type { ClusterInput, Registration } from './input.js';

/** The API of kubeadm's configuration: known to kubeadm 1.31 and later. */
const apiVersion = 'kubeadm.k8s.io/v1beta4';
export const oldestMinor = 31;
/** The one before it, for nodes that join: known from kubeadm 1.22 on; older ones than this are not tried. */
const formerVersion = 'kubeadm.k8s.io/v1beta3';
export const oldestJoinMinor = 25;

type Flags = Readonly<Record<string, string>>;

function args(flags: Flags | undefined): { readonly name: string; readonly value: string }[] {
  return Object.entries(flags ?? {}).map(([name, value]) => ({ name, value }));
}

function extra(flags: Flags | undefined): JsonObject | undefined {
  return flags === undefined ? undefined : { extraArgs: args(flags) };
}

function kubeletFlags(input: Registration): Flags {
  const address = input.nodeIp === undefined ? {} : { 'node-ip': input.nodeIp };
  return { ...address, ...input.kubeletFlags };
}

function nodeRegistration(input: Registration): JsonObject {
  return {
    name: input.nodeName,
    criSocket: input.criSocket,
    imagePullPolicy: input.imagePullPolicy,
    taints: input.taints,
    kubeletExtraArgs: args(kubeletFlags(input)),
  };
}

/** Documents of one file, in JSON, which is YAML too. */
function file(documents: readonly JsonObject[]): string {
  return documents.map((document) => `${JSON.stringify(document)}\n`).join('---\n');
}

/** Address and port by which the API of a new cluster is reached. */
export function endpointOf({ endpoint, advertiseAddress }: ClusterInput): string {
  const host = advertiseAddress.includes(':') ? `[${advertiseAddress}]` : advertiseAddress;
  return endpoint ?? `${host}:6443`;
}

/** Configuration of `kubeadm init`. The token that it insists on is worth a minute. */
export function initConfig(input: ClusterInput, version: string, description: string): string {
  const documents: JsonObject[] = [
    {
      apiVersion,
      kind: 'InitConfiguration',
      localAPIEndpoint: { advertiseAddress: input.advertiseAddress },
      bootstrapTokens: [{ description, ttl: '1m0s' }],
      nodeRegistration: nodeRegistration({ nodeIp: input.advertiseAddress, ...input }),
      skipPhases: input.skipPhases.length === 0 ? undefined : input.skipPhases,
    },
    {
      apiVersion,
      kind: 'ClusterConfiguration',
      kubernetesVersion: version,
      controlPlaneEndpoint: endpointOf(input),
      networking: { serviceSubnet: input.serviceSubnet, podSubnet: input.podSubnet },
      apiServer: extra(input.apiServerFlags),
      controllerManager: extra(input.controllerManagerFlags),
      scheduler: extra(input.schedulerFlags),
    },
  ];
  if (input.kubelet !== undefined) {
    const kubelet = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' };
    documents.push({ ...(input.kubelet as JsonObject), ...kubelet });
  }
  return file(documents);
}

/** What a node needs to know of the cluster that it joins. */
export interface Discovery {
  readonly token: string;
  readonly endpoint: string;
  /** `sha256:…` of the cluster's CA: nobody else is believed. */
  readonly caCertHash: string;
}

/** Configuration of `kubeadm join` for a worker, as the kubeadm of this second number reads it. */
export function joinConfig(input: Registration, discovery: Discovery, minor: number): string {
  const bootstrapToken = {
    token: discovery.token,
    apiServerEndpoint: discovery.endpoint,
    caCertHashes: [discovery.caCertHash],
  };
  // An unknown token is looked for during all of this time; 5 minutes unless told.
  const patience = '15s';
  if (minor < oldestMinor) {
    const { kubeletExtraArgs: _, ...registration } = nodeRegistration(input);
    return file([
      {
        apiVersion: formerVersion,
        kind: 'JoinConfiguration',
        discovery: { bootstrapToken, timeout: patience },
        nodeRegistration: { ...registration, kubeletExtraArgs: kubeletFlags(input) },
      },
    ]);
  }
  return file([
    {
      apiVersion,
      kind: 'JoinConfiguration',
      discovery: { bootstrapToken },
      timeouts: { discovery: patience, kubernetesAPICall: '30s', tlsBootstrap: '2m0s' },
      nodeRegistration: nodeRegistration(input),
    },
  ]);
}
