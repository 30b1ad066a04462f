import { expect, test } from '@jest/globals';
import type { JsonObject } from '../../../core/json.js';
import type { LocalBeginning } from '../../../core/local.js';
import type { RunRecord } from '../../../core/record.js';
import type { Decision } from '../../../core/run/control.js';
import { begin, lasting, work } from './bench.js';

const patience = 60_000;

const definition: JsonObject = {
  steps: [
    { id: 'first', action: 'world.set', input: { key: 'x', value: 1 } },
    { id: 'hand', manual: 'go on' },
    { id: 'last', action: 'world.set', input: { key: 'y', value: 1 } },
  ],
};
const all = ['chat r/hand/waiting/1', 'chat r/finished/1', 'mail r/finished/1'];

function told(): LocalBeginning {
  const { request, ...how } = begin(definition);
  return {
    ...how,
    request: {
      ...request,
      notify: [
        { id: 'chat', command: ['chat'] },
        { id: 'mail', on: ['finished'], command: ['mail'] },
      ],
    },
  };
}

const person = ({ waitingFor }: RunRecord): Decision | null =>
  waitingFor[0]?.path === 'hand'
    ? { verb: 'confirm', step: 'hand', by: 'ann', reason: 'seen' }
    : null;

test(
  'people are told of what a run without a server waits for, and how it ends',
  async () => {
    const to = lasting();
    const { record } = await work(definition, to, { begin: told(), person });
    expect(record?.state).toBe('succeeded');
    expect(to.told).toEqual(all);
  },
  patience,
);

test(
  'a process that is to stop since a person is waited for has told that person before',
  async () => {
    const to = lasting();
    let stop = (): void => undefined;
    const outcome = await work(definition, to, {
      begin: told(),
      steered: (drive) => {
        stop = () => drive.stop();
      },
      // Whoever looks finds that it waits, and leaves.
      person: () => {
        stop();
        return null;
      },
    });
    expect(outcome.how).toBe('stopped');
    expect(to.told).toEqual(all.slice(0, 1));
    // The next process knows of it, and does not say it again.
    await work(definition, to, { begin: told(), person });
    expect(to.told).toEqual(all);
  },
  patience,
);

test(
  'killed at any point, everybody is told at least once, and the run ends as ever',
  async () => {
    const { points } = await work(definition, lasting(), { begin: told(), person });
    for (let diesAt = 1; diesAt <= points; diesAt += 5) {
      const to = lasting();
      expect((await work(definition, to, { begin: told(), person, diesAt })).how).toBe('died');
      const { record } = await work(definition, to, { begin: told(), person });
      expect(record?.state).toBe('succeeded');
      expect([...new Set(to.told)]).toEqual(all);
      expect(to.ledger).toEqual(['set x', 'set y']);
    }
  },
  patience,
);

test(
  'a receiver that is away holds no step up, and is tried again',
  async () => {
    const to = lasting();
    let refused = 0;
    const deaf = (event: string): boolean => event === 'r/hand/waiting/1' && (refused += 1) === 1;
    const { record } = await work(definition, to, { begin: told(), person, deaf });
    expect(record?.state).toBe('succeeded');
    expect(to.ledger).toEqual(['set x', 'set y']);
    expect(new Set(to.told)).toEqual(new Set(all));
    expect(refused).toBe(2);
  },
  patience,
);
