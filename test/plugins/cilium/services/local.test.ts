import { describe, expect, test } from '@jest/globals';
import {
  bound,
  type EndpointSlice,
  type Service,
} from '../../../../plugins/cilium/services/local.js';
import { capturedJson, items } from '../captures.js';

const slices = items('endpointslices.json') as readonly EndpointSlice[];
const webpod = capturedJson('services.json') as Service;
const local: Service = {
  ...webpod,
  spec: { ...webpod.spec, type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
};

/** The slices with only the backends on these nodes ready. */
function readyOn(...nodes: string[]): EndpointSlice[] {
  return slices.map((slice) => ({
    ...slice,
    endpoints: (slice.endpoints ?? []).map((endpoint) => ({
      ...endpoint,
      conditions: { ready: nodes.includes(endpoint.nodeName ?? '') },
    })),
  }));
}

describe('services that only one node serves', () => {
  test('with backends on three nodes there is none', () => {
    expect(bound([local], slices, 'k8s-w0')).toEqual([]);
  });

  test('the one whose other backends are not ready is named', () => {
    expect(bound([local], readyOn('k8s-w0'), 'k8s-w0')).toEqual(['default/webpod']);
    expect(bound([local], readyOn('k8s-w0', 'k8s-w1'), 'k8s-w0')).toEqual([]);
    expect(bound([local], readyOn('k8s-w1'), 'k8s-w0')).toEqual([]);
    expect(bound([local], readyOn(), 'k8s-w0')).toEqual([]);
  });

  test('only a local traffic policy binds, of a service that is reached from outside', () => {
    const one = readyOn('k8s-w0');
    const nodePort = { ...local, spec: { ...local.spec, type: 'NodePort' } };
    const inner = { ...local, spec: { ...local.spec, type: 'ClusterIP' } };
    const cluster = { ...local, spec: { ...local.spec, externalTrafficPolicy: 'Cluster' } };
    expect(bound([nodePort], one, 'k8s-w0')).toEqual(['default/webpod']);
    expect(bound([inner, cluster], one, 'k8s-w0')).toEqual([]);
  });

  test('a service of another namespace has other backends; a condition that is not told is true', () => {
    const other = { ...local, metadata: { ...local.metadata, namespace: 'other' } };
    expect(bound([other], readyOn('k8s-w0'), 'k8s-w0')).toEqual([]);
    const untold: EndpointSlice = {
      metadata: { ...slices[0]!.metadata, namespace: 'other' },
      endpoints: [{ nodeName: 'k8s-w0' }],
    };
    expect(bound([other], [untold], 'k8s-w0')).toEqual(['other/webpod']);
  });

  test('a slice without endpoints is none', () => {
    const empty: EndpointSlice = { metadata: slices[0]!.metadata, endpoints: null };
    expect(bound([local], [empty], 'k8s-w0')).toEqual([]);
  });
});
