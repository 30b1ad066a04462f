import { expect, test } from '@jest/globals';
import { frrMultipathFits } from '../../../plugins/frr/multipath-fits.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured } from './captures.js';
import { routerCase, routerIn } from './captured-router.js';

const prefixes = ['172.16.2.1'];
const nodes = ['192.168.10.100', '192.168.10.101', '192.168.20.100'];
const five = [...nodes, '192.168.20.101', '192.168.20.102'];

// Beside a real router, whose kernel shows what is left out: routes.test.ts.
laws(frrMultipathFits, {
  cases: [
    routerCase('three of four next hops', 'established', { prefixes, via: nodes }, 'nothing'),
    routerCase('a fifth next hop', 'established', { prefixes, via: five }, 'drift'),
    routerCase(
      'a family without a limit',
      'established',
      { prefixes: ['fd00::1'], via: five },
      'nothing',
    ),
  ],
  bad: [
    { title: 'no next hop', input: { prefixes, via: [] } },
    { title: 'no prefix', input: { prefixes: [], via: nodes } },
    { title: 'a name as a next hop', input: { prefixes, via: 'k8s-w0' } },
    { title: 'two words as a prefix', input: { prefixes: ['10.0.0.0/8 json'], via: nodes } },
  ],
});

const check = (configuration: string, input: object) =>
  attempt(frrMultipathFits, {
    target: routerIn('established', configuration),
    input,
    cleanup: () => Promise.resolve(),
  }).check();

test('the limit is told, and next hops are counted once', async () => {
  const running = captured('running.txt');
  expect(await check(running, { prefixes, via: [...five, ...five] })).toEqual({
    before: null,
    drift: 'router: maximum-paths is 4 in ipv4 unicast, and 5 next hops are due',
    output: { nextHops: 5, maximum: 4 },
  });
  const wide = running.replace('maximum-paths 4', 'maximum-paths 8');
  expect((await check(wide, { prefixes, via: five })).drift).toBeNull();
  const open = running.replace('  maximum-paths 4\n', '');
  expect((await check(open, { prefixes, via: five })).output).toEqual({
    nextHops: 5,
    maximum: null,
  });
});
