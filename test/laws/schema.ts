import { z } from 'zod';
import type { AnyAction } from '../../core/action.js';
import { isObject } from '../../core/json.js';
import type { Target } from '../../core/target.js';
import { attempt } from './attempt.js';
import { show, violated, type Law } from './law.js';
import { lifeline } from './lifeline.js';

/** An input that must be refused, and why. */
export interface BadInput {
  readonly title: string;
  readonly input: unknown;
}

const untouchable: Target = {
  name: 'untouchable',
  kind: 'host',
  cluster: null,
  address: null,
  vars: {},
  run: () => Promise.reject(new Error('a command was run')),
  json: () => Promise.reject(new Error('a command was run')),
};

/** The schema refuses it, and not a single command is run. */
export function refusesInput(action: AnyAction, bad: BadInput): Law {
  const prove = async (): Promise<void> => {
    const life = lifeline(null);
    const world = { target: untouchable, input: bad.input, cleanup: () => Promise.resolve() };
    try {
      const worker = attempt(action, world, life);
      await worker.check();
      violated(`it was accepted: ${show(bad.input)}`);
    } catch (error) {
      if (!(error instanceof z.ZodError)) {
        const why = error instanceof Error ? error.message : String(error);
        violated(`the schema took ${show(bad.input)}; then: ${why}`);
      }
    }
    if (life.commands() > 0) violated(`${life.commands()} commands were run`);
  };
  return { title: `refuses ${bad.title}`, prove };
}

/** Every documented example fits the schema. */
export function examplesParse(action: AnyAction): Law {
  const prove = (): Promise<void> => {
    if (action.examples.length === 0) violated('there is no example');
    for (const { title, input } of action.examples) {
      if (title.trim() === '') violated('an example has no title');
      const parsed = action.input.safeParse(input);
      if (!parsed.success) violated(`example '${title}': ${parsed.error.message}`);
    }
    return Promise.resolve();
  };
  return { title: 'every example fits the schema', prove };
}

function undescribed(schema: unknown, path: string): string[] {
  if (!isObject(schema)) return [];
  const inner: string[] = [];
  const { properties } = schema;
  if (isObject(properties)) {
    for (const [name, field] of Object.entries(properties)) {
      const here = `${path}.${name}`;
      if (!isObject(field) || typeof field['description'] !== 'string') inner.push(here);
      inner.push(...undescribed(field, here));
    }
  }
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    const branches = schema[key];
    if (Array.isArray(branches)) inner.push(...branches.flatMap((b) => undescribed(b, path)));
  }
  return [...inner, ...undescribed(schema['items'], `${path}[]`)];
}

/** Docs, flags and completion come from the schema: every field says what it is. */
export function fieldsDescribed(action: AnyAction): Law {
  const prove = (): Promise<void> => {
    const options = { unrepresentable: 'any' } as const;
    const missing = [
      ...undescribed(z.toJSONSchema(action.input, { ...options, io: 'input' }), 'input'),
      ...undescribed(z.toJSONSchema(action.output, options), 'output'),
    ];
    if (missing.length > 0) violated(`no description: ${missing.join(', ')}`);
    return Promise.resolve();
  };
  return { title: 'every field is described', prove };
}
