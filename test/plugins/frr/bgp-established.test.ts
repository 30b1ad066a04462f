import { expect, test } from '@jest/globals';
import { frrBgpEstablished } from '../../../plugins/frr/bgp-established.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { routerCase, routerIn } from './captured-router.js';

// Beside a real router with real sessions: routes.test.ts.
laws(frrBgpEstablished, {
  cases: [
    routerCase('all sessions up', 'established', {}, 'nothing'),
    routerCase('one node unselected', 'idle-after-unselect', {}, 'drift'),
    routerCase('the others only', 'w0-crashed', { peers: ['192.168.10.100'] }, 'nothing'),
    routerCase('not up for long enough', 'established', { minUptime: '1h' }, 'drift'),
    routerCase('one that may call from a range', 'established', { peers: ['10.1.0.9'] }, 'drift'),
  ],
  bad: [
    { title: 'no neighbours', input: { peers: [] } },
    { title: 'an option as a neighbour', input: { peers: ['-c'] } },
    { title: 'two words as a neighbour', input: { peers: ['10.0.0.1 json'] } },
    { title: 'a word for all that is none', input: { peers: 'every' } },
    { title: 'a time without unit', input: { minUptime: '30' } },
    { title: 'an unknown field', input: { via: '10.0.0.1' } },
  ],
});

test('each session that is not up is named', async () => {
  const { drift, output } = await attempt(frrBgpEstablished, {
    target: routerIn('w0-crashed'),
    input: {},
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toMatch(/^router: 192\.168\.20\.100 is \w+/);
  expect(output).toEqual({ established: 2, down: ['192.168.20.100'] });
});
