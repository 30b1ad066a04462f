import { z } from 'zod';
import { defineAction, type Plugin } from '../../core/action.js';
import { PermanentError, RunbookError } from '../../core/errors.js';
import type { Json } from '../../core/json.js';

/** What the actions of the test plugin act on, and how they can be made to misbehave. */
export interface TestWorld {
  readonly values: Record<string, Json>;
  readonly log: string[];
  /** Called before each verb of each action; throws to fail it, waits to hold it. */
  before: (verb: string, key: string, signal: AbortSignal) => Promise<void> | void;
}

/** A plugin on a plain object: `world.set` changes a key, `world.is` waits for one, `world.up` probes. */
export function worldPlugin(world: TestWorld): Plugin {
  const input = z.strictObject({
    key: z.string().describe('Key.'),
    value: z.json().describe('Value.'),
    every: z.number().optional().describe('Probe interval, ms.'),
  });
  const output = z.strictObject({ value: z.json().describe('Value now.') });
  const look = (key: string, value: unknown): string | null =>
    JSON.stringify(world.values[key] ?? null) === JSON.stringify(value)
      ? null
      : `${key} is ${JSON.stringify(world.values[key] ?? null)}, not ${JSON.stringify(value)}`;
  const base = { summary: 'A test action.', on: 'host' as const, input, output, examples: [] };
  const make = (name: 'world.set' | 'world.slow' | 'world.once') =>
    defineAction({
      ...base,
      name,
      impact: 'change',
      slow: name === 'world.slow',
      repeatable: name !== 'world.once',
      settle: { timeout: '2s', every: '50ms' },
      resource: ({ key }) => `key/${key}`,
      async check({ signal }, { key, value }) {
        await world.before('check', key, signal);
        world.log.push(`check ${key}`);
        return {
          before: world.values[key] ?? null,
          drift: look(key, value),
          output: { value: (world.values[key] ?? null) as never },
        };
      },
      async apply({ signal, report }, { key, value }) {
        report(`setting ${key}`);
        world.log.push(`apply ${key}`);
        await world.before('apply', key, signal);
        world.values[key] = value as Json;
      },
      async undo({ signal }, { key }, before) {
        await world.before('undo', key, signal);
        world.log.push(`undo ${key}`);
        if (before === null) delete world.values[key];
        else world.values[key] = before;
      },
    });
  const is = defineAction({
    ...base,
    name: 'world.is',
    impact: 'read',
    settle: { timeout: '5s', every: '50ms' },
    every: ({ every }) => every ?? 50,
    async check({ signal }, { key, value }) {
      await world.before('check', key, signal);
      world.log.push(`check ${key}`);
      return {
        before: null,
        drift: look(key, value),
        output: { value: (world.values[key] ?? null) as never },
      };
    },
  });
  return {
    name: 'world',
    summary: 'Test plugin.',
    actions: [make('world.set'), make('world.slow'), make('world.once'), is],
  };
}

export const broken = (message: string): Error =>
  new PermanentError('command-failed', message, { hint: 'mend it' });
export const shaky = (message: string): Error => new RunbookError('command-failed', message);
