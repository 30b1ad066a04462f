import { expect, test } from '@jest/globals';
import { frrRoutesAbsent } from '../../../plugins/frr/routes-absent.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { routerCase, routerIn } from './captured-router.js';

const via = '192.168.20.100';
const pods = '172.20.1.0/24';

// Beside a real router with real routes: routes.test.ts.
laws(frrRoutesAbsent, {
  cases: [
    routerCase('a node in service', 'established', { via }, 'drift'),
    routerCase(
      'a node that was killed: its routes are stale',
      'stale-after-kill',
      { via },
      'drift',
    ),
    routerCase('a node that is gone', 'gone-after-kill', { via }, 'nothing'),
    routerCase('a node that was unselected', 'idle-after-unselect', { via }, 'nothing'),
    routerCase('its prefixes', 'established', { prefixes: [pods] }, 'drift'),
    routerCase('its prefixes, gone', 'gone-after-kill', { prefixes: [pods] }, 'nothing'),
    routerCase(
      'its part in a shared one',
      'w0-crashed',
      { via, prefixes: ['172.16.1.1'] },
      'nothing',
    ),
    routerCase('a shared one as a whole', 'w0-crashed', { prefixes: ['172.16.1.1'] }, 'drift'),
  ],
  bad: [
    { title: 'neither next hop nor prefixes', input: {} },
    { title: 'a name as a next hop', input: { via: 'k8s-w0' } },
    { title: 'an option as a next hop', input: { via: '-c' } },
    { title: 'a prefix with bits of a host', input: { prefixes: ['172.20.1.7/24'] } },
    { title: 'a prefix that is none', input: { prefixes: ['default'] } },
    { title: 'two words as a prefix', input: { prefixes: ['10.0.0.0/8 json'] } },
  ],
});

test('while routes are stale, the time that is left is told', async () => {
  const { drift, output } = await attempt(frrRoutesAbsent, {
    target: routerIn('stale-after-kill'),
    input: { via },
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toBe(
    `router still has 172.16.1.1/32 via ${via}, stale, 11 s; ${pods} via ${via}, stale, 11 s`,
  );
  expect(output).toEqual({ remaining: 2 });
});
