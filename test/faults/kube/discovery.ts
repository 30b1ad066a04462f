import type { Json } from './objects.js';

const resources = {
  v1: [
    ['nodes', 'Node', false],
    ['pods', 'Pod', true],
    ['namespaces', 'Namespace', false],
  ],
  'policy/v1': [['poddisruptionbudgets', 'PodDisruptionBudget', true]],
} as const;

function resourceList(group: keyof typeof resources): Json {
  const verbs = ['get', 'list', 'patch', 'create', 'delete'];
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group,
    resources: resources[group].map(([name, kind, namespaced]) => ({
      name,
      singularName: kind.toLowerCase(),
      kind,
      namespaced,
      verbs,
    })),
  };
}

const policy = { groupVersion: 'policy/v1', version: 'v1' };

/** What kubectl asks about before it asks for anything. */
export const discovery: Readonly<Record<string, Json>> = {
  '/version': { major: '1', minor: '34', gitVersion: 'v1.34.0' },
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [{ name: 'policy', versions: [policy], preferredVersion: policy }],
  },
  '/api/v1': resourceList('v1'),
  '/apis/policy/v1': resourceList('policy/v1'),
};
