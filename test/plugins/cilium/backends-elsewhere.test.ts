import { expect, test } from '@jest/globals';
import { ciliumBackendsElsewhere } from '../../../plugins/cilium/backends-elsewhere.js';
import type { EndpointSlice, Service } from '../../../plugins/cilium/services/local.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { badNode } from '../kube/bad-node.js';
import { captured, onCaptures, type Script } from '../kube/captured-cluster.js';
import { ciliumCluster } from './captured-cluster.js';
import { capturedJson, items } from './captures.js';

const input = { node: 'k8s-w0' };
const webpod = capturedJson('services.json') as Service;
const local: Script = [
  [
    'get services ',
    {
      items: [
        {
          ...webpod,
          spec: { ...webpod.spec, type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
        },
      ],
    },
  ],
];
const alone: Script = [
  [
    'get endpointslices ',
    {
      items: (items('endpointslices.json') as readonly EndpointSlice[]).map((slice) => ({
        ...slice,
        endpoints: slice.endpoints?.filter(({ nodeName }) => nodeName === 'k8s-w0'),
      })),
    },
  ],
];

laws(ciliumBackendsElsewhere, {
  cases: [
    onCaptures('served by other nodes too', input, [...local, ...ciliumCluster], 'nothing'),
    onCaptures('served by that node alone', input, [...local, ...alone, ...ciliumCluster], 'drift'),
    onCaptures('not bound to nodes', input, [...alone, ...ciliumCluster], 'nothing'),
  ],
  bad: badNode,
});

test('the service is named', async () => {
  const { drift, output } = await attempt(ciliumBackendsElsewhere, {
    target: captured([...local, ...alone]).cluster,
    input,
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toBe('only k8s-w0 has ready backends of default/webpod');
  expect(output).toEqual({ services: ['default/webpod'] });
});
