import { describe, expect, test } from '@jest/globals';
import type { ActionContext } from '../../../../core/action.js';
import type { Peer } from '../../../../plugins/frr/bgp/peers.js';
import { bring } from '../../../../plugins/frr/config/bring.js';
import type { Changes } from '../../../../plugins/frr/config/changes.js';
import type { Layout } from '../../../../plugins/frr/config/layout.js';
import type { Router } from '../../../../plugins/frr/config/router.js';
import { runningSum } from '../../../../plugins/frr/config/text.js';
import { captured } from '../captures.js';

const running = captured('running.txt');
const file = { mode: '640', owner: 'frr:frr', sha256: 'f'.repeat(64) };
const layout: Layout = {
  conf: file,
  daemons: file,
  daemonsText: 'bgpd=yes\n',
  reload: '/usr/lib/frr/frr-reload.py',
  split: false,
};
const none: Changes = { remove: [], add: [] };
const ctx = {
  target: { name: 'router' },
  sleep: () => Promise.resolve(),
} as unknown as ActionContext;

function peers(dropped: Readonly<Record<string, number>>): ReadonlyMap<string, Peer> {
  const facts = { state: 'Established', shutDown: false, sinceMs: 0, restarting: false };
  return new Map(
    Object.entries(dropped).map(([address, count]) => [
      address,
      { ...facts, address, dropped: count },
    ]),
  );
}

/** A router with one neighbour too few, whose sessions go down at the reload as told. */
function fake(lost: Readonly<Record<string, number>>, more: Partial<Router> = {}) {
  const done: string[] = [];
  const before = { '192.168.10.100': 3, '192.168.10.101': 0, '10.9.9.9': 1 };
  let reloaded = false;
  const note = (what: string) => () => {
    done.push(what);
    return Promise.resolve();
  };
  const router: Router = {
    look: () => Promise.resolve(layout),
    daemons: () => Promise.resolve(['bgpd', 'staticd', 'zebra']),
    running: () => Promise.resolve(running),
    test: () =>
      Promise.resolve({
        remove: [],
        add: [
          {
            within: ['router bgp 65000'],
            command: 'neighbor 192.168.10.101 description edge',
          },
        ],
      }),
    reload: () => {
      reloaded = true;
      done.push('reload');
      return Promise.resolve({ left: none, said: '' });
    },
    reloadKept: () => Promise.resolve({ left: none, said: '' }),
    keepRunning: () => {
      done.push('keep running');
      return Promise.resolve(running);
    },
    recall: () => Promise.resolve(running),
    forget: note('forget'),
    keepFile: note('keep file'),
    put: note('put'),
    putKept: note('put kept'),
    remove: note('remove'),
    service: note('service'),
    sessions: () => Promise.resolve(peers(reloaded ? { ...before, ...lost } : before)),
    ...more,
  };
  return { router, done };
}

const wanted = { content: 'router bgp 65000\nexit\n', daemons: ['bgpd'], secrets: [] };
const found = { running: runningSum(running), conf: file, daemons: file, active: [] };

describe('bringing a router to its configuration', () => {
  test('keeps what was found first, then reloads, then writes the file', async () => {
    const { router, done } = fake({});
    expect(await bring(ctx, router, wanted, found)).toEqual({ dropped: [], notices: '' });
    expect(done).toEqual(['keep file', 'keep file', 'keep running', 'reload', 'put']);
  });

  test('a session that the change names may go down, and is told', async () => {
    const { router } = fake({ '192.168.10.101': 1 });
    expect(await bring(ctx, router, wanted, found)).toMatchObject({ dropped: ['192.168.10.101'] });
  });

  test('any other that goes down fails the step', async () => {
    const { router } = fake({ '192.168.10.100': 4, '192.168.10.101': 1 });
    await expect(bring(ctx, router, wanted, found)).rejects.toMatchObject({
      code: 'action-failed',
      class: 'permanent',
      message:
        'router: sessions went down with the reload that it does not concern: 192.168.10.100',
    });
  });

  test('a change of the group concerns its members, but nobody else', async () => {
    const group = () =>
      Promise.resolve({
        remove: [],
        add: [{ within: ['router bgp 65000'], command: 'neighbor CILIUM ebgp-multihop 3' }],
      });
    const members = fake({ '192.168.10.100': 4, '192.168.10.101': 1 }, { test: group });
    expect(await bring(ctx, members.router, wanted, found)).toMatchObject({
      dropped: ['192.168.10.100', '192.168.10.101'],
    });
    const stranger = fake({ '10.9.9.9': 2 }, { test: group });
    await expect(bring(ctx, stranger.router, wanted, found)).rejects.toMatchObject({
      message: expect.stringMatching(/10\.9\.9\.9$/),
    });
  });

  test('what FRR does not show afterwards is an error that no retry mends, with what FRR said', async () => {
    const left = { remove: [], add: [{ within: [], command: 'ip nht resolve-via-default' }] };
    const said = '% Unknown command';
    const { router, done } = fake({}, { reload: () => Promise.resolve({ left, said }) });
    await expect(bring(ctx, router, wanted, found)).rejects.toMatchObject({
      code: 'not-settled',
      class: 'permanent',
      message:
        'router: after the reload FRR still lacks ip nht resolve-via-default (% Unknown command)',
    });
    expect(done).not.toContain('put');
  });

  test('a router that was changed since the check is left alone', async () => {
    const { router, done } = fake({});
    const other = { ...found, running: 'e'.repeat(64) };
    await expect(bring(ctx, router, wanted, other)).rejects.toMatchObject({
      code: 'plan-changed',
    });
    expect(done).toEqual(['keep file', 'keep file', 'keep running', 'forget']);
  });

  test.each([
    [{ ...layout, split: true }, 'refused', /one file per daemon/],
    [{ ...layout, reload: null }, 'tool-missing', /frr-reload\.py/],
  ])('what a reload cannot do is refused before anything is touched', async (seen, code, why) => {
    const { router, done } = fake({}, { look: () => Promise.resolve(seen) });
    await expect(bring(ctx, router, wanted, found)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(why),
    });
    expect(done).toEqual([]);
  });
});
