import { expect, test } from '@jest/globals';
import { frrRoutesPresent } from '../../../plugins/frr/routes-present.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { routerCase, routerIn } from './captured-router.js';

const via = '192.168.20.100';
const pods = '172.20.1.0/24';
const vip = '172.16.1.1';

// Beside a real router with real routes: routes.test.ts.
laws(frrRoutesPresent, {
  cases: [
    routerCase('over that node', 'established', { prefixes: [pods, vip], via }, 'nothing'),
    routerCase('over all nodes', 'established', { prefixes: [vip], minNextHops: 3 }, 'nothing'),
    routerCase('stale', 'stale-after-kill', { prefixes: [pods] }, 'drift'),
    routerCase('gone', 'gone-after-kill', { prefixes: [pods] }, 'drift'),
    routerCase('too few ways', 'w0-crashed', { prefixes: [vip], minNextHops: 3 }, 'drift'),
    routerCase('over these alone', 'established', { prefixes: [pods], via, only: true }, 'nothing'),
    routerCase('over others too', 'established', { prefixes: [vip], via, only: true }, 'drift'),
  ],
  bad: [
    { title: 'nobody alone', input: { prefixes: [pods], only: true } },
    { title: 'no prefixes', input: {} },
    { title: 'a name as a next hop', input: { prefixes: [pods], via: 'k8s-w0' } },
    { title: 'no next hops in a list', input: { prefixes: [pods], via: [] } },
    { title: 'fewer next hops than one', input: { prefixes: [pods], minNextHops: 0 } },
    { title: 'two words as a prefix', input: { prefixes: ['10.0.0.0/8 json'] } },
    { title: 'an unknown field', input: { prefixes: [pods], stale: true } },
  ],
});

test('what lacks is told per prefix', async () => {
  const { drift, output } = await attempt(frrRoutesPresent, {
    target: routerIn('gone-after-kill'),
    input: { prefixes: [pods, vip], via },
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toBe(`router: ${pods} is not in BGP; ${vip}/32: no path via ${via}`);
  expect(output).toEqual({ present: 0, missing: 2 });
});
