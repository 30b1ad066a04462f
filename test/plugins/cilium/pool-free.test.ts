import { describe, expect, test } from '@jest/globals';
import { ciliumPoolFree } from '../../../plugins/cilium/pool-free.js';
import { blockRange, overlapping, range } from '../../../plugins/cilium/pools/overlap.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured, onCaptures, type Script } from '../kube/captured-cluster.js';
import { ciliumCluster } from './captured-cluster.js';
import { capturedJson } from './captures.js';

const pool = (name: string, ...blocks: object[]) => ({ metadata: { name }, spec: { blocks } });
const script: Script = [
  [
    'get servicecidrs.networking.k8s.io ',
    { items: [{ metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.96.0.0/16'] } }] },
  ],
  [
    'get ciliumloadbalancerippools.cilium.io ',
    {
      items: [
        pool('cilium-pool', { cidr: '172.16.1.0/24' }),
        pool('ours', { start: '172.16.2.0', stop: '172.16.2.9' }),
      ],
    },
  ],
  ['get services --all-namespaces ', { items: [capturedJson('services.json')] }],
  ...ciliumCluster,
];
const input = (cidr: string, more: object = {}) => ({ pool: 'ours', cidrs: [cidr], ...more });

laws(ciliumPoolFree, {
  cases: [
    onCaptures('nobody has them', input('172.16.2.0/24'), script, 'nothing'),
    onCaptures('those of another pool', input('172.16.0.0/16'), script, 'drift'),
    onCaptures('those of nodes', input('192.168.10.0/24'), script, 'drift'),
    onCaptures('those of pods', input('172.20.1.128/25'), script, 'drift'),
    onCaptures('those of services', input('10.96.255.0/28'), script, 'drift'),
    onCaptures(
      'an address outside',
      input('172.16.2.0/24', { address: '172.16.3.1' }),
      script,
      'drift',
    ),
    onCaptures(
      'an address inside',
      input('172.16.2.0/24', { address: '172.16.2.1' }),
      script,
      'nothing',
    ),
  ],
  bad: [
    { title: 'no prefixes', input: { pool: 'p', cidrs: [] } },
    { title: 'host bits', input: input('172.16.2.1/24') },
    { title: 'a name as an address', input: input('172.16.2.0/24', { address: 'web' }) },
  ],
});

describe('whom addresses belong to', () => {
  test('an address that another service has', async () => {
    const look = (service: string) =>
      attempt(ciliumPoolFree, {
        target: captured(script).cluster,
        input: { pool: 'cilium-pool', cidrs: ['172.16.1.0/24'], address: '172.16.1.1', service },
        cleanup: () => Promise.resolve(),
      }).check();
    expect((await look('default/webpod')).drift).toBeNull();
    expect((await look('default/other')).drift).toBe('172.16.1.1 belongs to default/webpod');
  });

  test('prefixes and ranges, of both families', () => {
    const taken = [
      blockRange({ start: '10.0.0.5', stop: '10.0.0.9' }, 'a'),
      blockRange({ cidr: 'fd00::/64' }, 'b'),
      blockRange({ start: '10.9.9.9' }, 'c'),
      blockRange({}, 'd'),
    ].filter((one) => one !== null);
    const meets = (prefix: string): string[] => overlapping([range(prefix, prefix)], taken);
    expect(taken).toHaveLength(3);
    expect(meets('10.0.0.8/30')).toEqual(['10.0.0.8/30 overlaps a']);
    expect(meets('10.0.0.0/30')).toEqual([]);
    expect(meets('fd00::1')).toEqual(['fd00::1 overlaps b']);
    expect(meets('10.9.0.0/16')).toEqual(['10.9.0.0/16 overlaps c']);
    expect(meets('0.0.0.0/0')).toHaveLength(2);
  });
});
