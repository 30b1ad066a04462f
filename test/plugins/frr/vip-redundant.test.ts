import { expect, test } from '@jest/globals';
import { frrVipRedundant } from '../../../plugins/frr/vip-redundant.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { routerCase, routerIn } from './captured-router.js';

const via = '192.168.20.100';

// Beside a real router with real routes: routes.test.ts.
laws(frrVipRedundant, {
  cases: [
    routerCase('others serve it too', 'established', { via }, 'nothing'),
    routerCase(
      'one that only this node serves',
      'established',
      { via, prefixes: ['172.20.1.0/24'] },
      'drift',
    ),
    routerCase('one that nobody serves', 'established', { via, prefixes: ['172.16.1.9'] }, 'drift'),
  ],
  bad: [
    { title: 'no next hop', input: {} },
    { title: 'a name as a next hop', input: { via: 'k8s-w0' } },
    { title: 'an address of the other family', input: { via: 'fd00::1' } },
    { title: 'a prefix that is none', input: { via, prefixes: ['all'] } },
    { title: 'two words as a prefix', input: { via, prefixes: ['10.0.0.0/8 json'] } },
  ],
});

test('service addresses are those of one host, unless they are named', async () => {
  const check = (input: object) =>
    attempt(frrVipRedundant, {
      target: routerIn('established'),
      input: { via, ...input },
      cleanup: () => Promise.resolve(),
    }).check();
  expect((await check({})).output).toEqual({ vips: 1, lonely: [] });
  expect((await check({ prefixes: ['172.20.1.0/24'] })).output).toEqual({
    vips: 1,
    lonely: ['172.20.1.0/24'],
  });
});
