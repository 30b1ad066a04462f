import { z } from 'zod';
import { nodeName } from '../kube/names.js';

const address = z.union([z.ipv4(), z.ipv6()]);

/** Host and port of an API server. */
const endpoint = z
  .string()
  .max(260)
  .regex(/^(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9a-fA-F:]+\]):\d{1,5}$/, 'write host:port');

const subnets = z
  .string()
  .max(200)
  .regex(/^[0-9a-fA-F.:/,]+$/, 'write a subnet such as 10.96.0.0/16');

const version = z.string().regex(/^v\d+\.\d+\.\d+(?:[-+.][0-9A-Za-z.-]+)?$/, 'write v1.33.2');

/** Names of flags of a Kubernetes program, without the dashes, and their values. */
const flags = z.record(
  z.string().regex(/^[a-z][a-z0-9-]*$/, 'write the flag without its dashes'),
  z.string().regex(/^[^\0\n]*$/, 'a flag has one line'),
);

const taint = z.strictObject({
  key: z.string().min(1).describe('Key of the taint.'),
  value: z.string().optional().describe('Value of the taint.'),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .describe('What the taint does to pods that do not tolerate it.'),
});

/** How a node registers itself: the same for the first one and for those that join. */
export const registration = {
  nodeName: nodeName.describe('Name of the node object.'),
  nodeIp: address
    .optional()
    .describe(
      'Address that the kubelet gives for the node; the one of the default route unless told.',
    ),
  taints: z
    .array(taint)
    .optional()
    .describe("Taints that the node starts with; kubeadm's own unless told, none where empty."),
  criSocket: z
    .string()
    .regex(/^unix:\/\/\/\S+$/, 'write unix:///run/…')
    .default('unix:///run/containerd/containerd.sock')
    .describe('Socket of the container runtime.'),
  imagePullPolicy: z
    .enum(['IfNotPresent', 'Always', 'Never'])
    .default('IfNotPresent')
    .describe('Whether kubeadm pulls images: Never where all are there.'),
  kubeletFlags: flags.optional().describe('Further flags of the kubelet of this node.'),
};

/** What a new cluster is made of. */
export const clusterFields = {
  ...registration,
  kubernetesVersion: version
    .optional()
    .describe("Version of the control plane; that of the machine's kubeadm unless told."),
  advertiseAddress: address.describe('Address at which the API server of this node is reached.'),
  endpoint: endpoint
    .optional()
    .describe(
      'Address and port by which nodes and people reach the API; the advertised one unless told.',
    ),
  podSubnet: subnets
    .optional()
    .describe('Subnet of the pods, where Kubernetes itself hands out its parts.'),
  serviceSubnet: subnets.default('10.96.0.0/12').describe('Subnet of the services.'),
  skipPhases: z
    .array(z.string().regex(/^[a-z][a-z-]*(?:\/[a-z-]+)?$/, 'not a phase of kubeadm init'))
    .default([])
    .describe('Phases of kubeadm init that are left out, such as addon/kube-proxy.'),
  kubelet: z
    .record(z.string(), z.json())
    .optional()
    .describe(
      'Settings of all kubelets: fields of KubeletConfiguration (kubelet.config.k8s.io/v1beta1) such as cgroupDriver.',
    ),
  apiServerFlags: flags.optional().describe('Further flags of the API server.'),
  controllerManagerFlags: flags.optional().describe('Further flags of the controller manager.'),
  schedulerFlags: flags.optional().describe('Further flags of the scheduler.'),
};

export type Registration = z.output<z.ZodObject<typeof registration>>;
export type ClusterInput = z.output<z.ZodObject<typeof clusterFields>>;
