import { expect, test } from '@jest/globals';
import type { JsonObject } from '../../../core/json.js';
import type { LocalBeginning } from '../../../core/local.js';
import { undoBeginning } from '../../../worker/local/past.js';
import { lasting, work, type Lasting } from './bench.js';

const definition: JsonObject = {
  locks: ['host/a'],
  steps: [
    { id: 'first', action: 'world.set', input: { key: 'x', value: 1 } },
    {
      id: 'hosts',
      forEach: ['p', 'q'],
      steps: [{ id: 'mark', action: 'world.set', input: { key: '${{ item }}', value: 1 } }],
    },
  ],
};
const start = { x: 'old', p: 'old p' };
const why = { user: 'eve', wait: false, force: false, reason: 'no more', host: 'test' };
const run = 'r-undo-1';
const patience = 60_000;

/** A run that has ended. */
async function ended(): Promise<Lasting> {
  const to = lasting(start);
  const { record } = await work(definition, to);
  expect(record?.state).toBe('succeeded');
  expect(to.world).toEqual({ x: 1, p: 1, q: 1 });
  return to;
}

/** How what it has changed is put back, out of its journal alone. */
function undoing({ entries }: Lasting): Promise<LocalBeginning> {
  const undo = { of: 'r', startedAt: '2026-01-02T00:00:00.000Z', ...why };
  return undoBeginning(run, entries, undo);
}

/** The same target, and a journal of its own. */
function after({ world }: Lasting): Lasting {
  return lasting(world);
}

test(
  'what a run without a server has changed is put back out of its journal, with its items',
  async () => {
    const old = await ended();
    const begin = await undoing(old);
    const to = after(old);
    const { record } = await work(definition, to, { run, begin });
    expect(record).toMatchObject({
      state: 'succeeded',
      undoes: 'r',
      startedBy: 'eve',
      local: { reason: 'no more', host: 'test' },
    });
    expect(to.world).toEqual(start);
    expect(to.ledger).toEqual(['unset q', 'unset p', 'unset x']);
    expect([...to.leases.keys()]).toEqual(['host/a']);
  },
  patience,
);

test(
  'killed at any point, it is put back once all the same',
  async () => {
    const old = await ended();
    const begin = await undoing(old);
    const { points } = await work(definition, after(old), { run, begin });
    expect(points).toBeGreaterThan(20);
    for (let diesAt = 1; diesAt <= points; diesAt += 5) {
      const to = after(old);
      expect((await work(definition, to, { run, begin, diesAt })).how).toBe('died');
      const { record } = await work(definition, to, { run, begin });
      expect(record?.state).toBe('succeeded');
      expect(to.world).toEqual(start);
      expect(to.ledger.filter((line) => line !== 'unset q').slice(-2)).toEqual([
        'unset p',
        'unset x',
      ]);
    }
  },
  patience,
);

test(
  'where something has moved since, it is refused, and nothing is touched',
  async () => {
    const old = await ended();
    const begin = await undoing(old);
    const to = after(old);
    to.world['q'] = 'of somebody else';
    const { record } = await work(definition, to, { run, begin });
    expect(record).toMatchObject({ state: 'refused', failure: { code: 'moved-on' } });
    expect(to.ledger).toEqual([]);
  },
  patience,
);

test(
  'a journal that does not tell the end is refused',
  async () => {
    const old = await ended();
    const entries = old.entries.slice(0, 8);
    await expect(undoing({ ...old, entries })).rejects.toMatchObject({ code: 'journal-unusable' });
  },
  patience,
);
