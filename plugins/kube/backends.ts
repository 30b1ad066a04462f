import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt, fitting } from '../../core/excerpt.js';
import { list } from './api/kubectl.js';
import { namespaceName, objectName } from './names.js';
import { readyBackends, type EndpointSlice } from './services/backends.js';

/** Where a service is served. */
export const kubeBackends = defineAction({
  name: 'kube.backends',
  summary: 'Holds when a service has enough ready backends, on enough nodes; tells which nodes.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    namespace: namespaceName.default('default').describe('Namespace of the service.'),
    service: objectName.describe('Name of the service.'),
    minReady: z.int().min(0).default(1).describe('Ready backends that it must have.'),
    minNodes: z.int().min(0).default(1).describe('Nodes on which they must be.'),
  }),
  output: z.strictObject({
    ready: z.int().describe('Ready backends.'),
    nodes: z.array(z.string()).describe('Nodes that have one; as many as fit.'),
    more: z.int().describe('Nodes that are left out.'),
  }),
  settle: { timeout: '2m', every: '1s' },
  async check({ target }, { namespace, service, minReady, minNodes }) {
    const label = `--selector=kubernetes.io/service-name=${service}`;
    const options = [`--namespace=${namespace}`, label];
    const counts = readyBackends(
      await list<EndpointSlice>(target, 'endpointslices.discovery.k8s.io', options),
    );
    const ready = [...counts.values()].reduce((sum, one) => sum + one, 0);
    const drift: string[] = [];
    if (ready < minReady) drift.push(`${ready} of ${minReady} ready backends`);
    if (counts.size < minNodes) drift.push(`on ${counts.size} of ${minNodes} nodes`);
    const { kept, more } = fitting([...counts.keys()].sort(), 900);
    return {
      before: null,
      drift:
        drift.length === 0 ? null : excerpt(`${namespace}/${service}: ${drift.join(', ')}`, 256),
      output: { ready, nodes: kept, more },
    };
  },
  examples: [
    { title: 'It is served at all', input: { service: 'webpod' } },
    {
      title: 'It is served on two nodes at least',
      input: { namespace: 'web', service: 'front', minReady: 2, minNodes: 2 },
    },
  ],
  notes: `Reads the EndpointSlices of the service (Endpoints are deprecated since Kubernetes 1.33). A pod that is
ending, or whose readiness probe fails, is no ready backend. A service that does not exist has none.`,
});
