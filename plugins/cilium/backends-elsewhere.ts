import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { list } from '../kube/api/kubectl.js';
import { nodeName } from '../kube/names.js';
import { bound, type EndpointSlice, type Service } from './services/local.js';

/** The guard for services that only answer where one of their pods runs. */
export const ciliumBackendsElsewhere = defineAction({
  name: 'cilium.backends-elsewhere',
  summary: 'Holds when no service with a local traffic policy has all its ready pods on one node.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    node: nodeName.describe('Node that is about to leave.'),
  }),
  output: z.strictObject({
    services: z.array(z.string()).describe('Services that the node alone serves; at most 16.'),
  }),
  settle: { timeout: '60s', every: '1s' },
  async check({ target }, { node }) {
    const services = await list<Service>(target, 'services', ['--all-namespaces']);
    const slices = await list<EndpointSlice>(target, 'endpointslices', ['--all-namespaces']);
    const names = bound(services, slices, node);
    return {
      before: null,
      drift:
        names.length === 0
          ? null
          : excerpt(`only ${node} has ready backends of ${names.join(', ')}`, 256),
      output: { services: names.slice(0, 16) },
    };
  },
  examples: [{ title: 'Before a node is drained', input: { node: 'k8s-w0' } }],
  notes: `With \`externalTrafficPolicy: Local\` a node announces a service address only while one of its own pods
is ready. A service whose ready pods are all on the node that leaves loses its address everywhere; with
\`Cluster\` the other nodes go on, as long as pods come up elsewhere.

- Services of type LoadBalancer and NodePort are looked at.
- A pod that is terminating is not ready.
- A service without any ready pod is not served by this node either: it is not named.`,
});
