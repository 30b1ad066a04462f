import { expect, test } from '@jest/globals';
import { parseRestarts } from '../../../plugins/frr/bgp/restart.js';
import { frrRestartTime } from '../../../plugins/frr/restart-time.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { capturedJson } from './captures.js';
import { routerCase, routerIn } from './captured-router.js';

const node = '192.168.20.100';

laws(frrRestartTime, {
  cases: [
    routerCase('kept for that long', 'established', { atLeast: '15s' }, 'nothing'),
    routerCase('not kept for that long', 'established', { atLeast: '16s' }, 'drift'),
    routerCase('the peer restarts now', 'stale-after-kill', { atLeast: '15s' }, 'drift'),
    routerCase('unselected', 'idle-after-unselect', { atLeast: '15s' }, 'drift'),
    routerCase('no such peer', 'established', { atLeast: '1s', peers: ['10.0.0.9'] }, 'drift'),
  ],
  bad: [
    { title: 'no time', input: {} },
    { title: 'a time without unit', input: { atLeast: '15' } },
    { title: 'no neighbours', input: { atLeast: '15s', peers: [] } },
    { title: 'an option as a neighbour', input: { atLeast: '15s', peers: ['-c'] } },
  ],
});

test('the time is told, and who is short of it', async () => {
  const { drift, output } = await attempt(frrRestartTime, {
    target: routerIn('established'),
    input: { atLeast: '1m' },
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toBe(`router: routes of ${node} are kept for 15s, not for 1m00s`);
  expect(output).toEqual({ seconds: 15 });
});

test('without graceful restart on either side nothing is kept, whatever the timer says', () => {
  const all = capturedJson('neighbor-established.json') as Record<string, object>;
  const facts = all[node] as { gracefulRestartInfo: object };
  const restart = (more: object) =>
    parseRestarts({
      [node]: { ...facts, gracefulRestartInfo: { ...facts.gracefulRestartInfo, ...more } },
    }).get(node);
  expect(restart({})).toMatchObject({ seconds: 15, forwarding: true });
  expect(restart({ localGrMode: 'Disable' })).toMatchObject({ seconds: null });
  expect(restart({ remoteGrMode: 'NotApplicable' })).toMatchObject({ seconds: null });
  expect(restart({ ipv4Unicast: { fBit: false } })).toMatchObject({ forwarding: false });
  expect(() => parseRestarts([])).toThrow(TypeError);
});
