import type { AnyAction, Plugin } from '../core/action.js';
import { milliseconds } from '../core/duration.js';
import { PermanentError } from '../core/errors.js';
import { didYouMean } from '../core/definition/nearest.js';
import { jsonSchema } from '../core/definition/shape.js';
import { isObject } from '../core/json.js';
import type { ActionFacts } from '../core/run/program.js';

/** The actions that this worker has, by name. */
export class Catalog {
  readonly #actions = new Map<string, AnyAction>();

  /** @throws TypeError when two plugins have an action of the same name. */
  constructor(plugins: readonly Plugin[]) {
    for (const action of plugins.flatMap((plugin) => plugin.actions)) {
      if (this.#actions.has(action.name))
        throw new TypeError(`two actions are called ${action.name}`);
      this.#actions.set(action.name, action);
    }
  }

  get names(): readonly string[] {
    return [...this.#actions.keys()].sort();
  }

  find(name: string): AnyAction | null {
    return this.#actions.get(name) ?? null;
  }

  /** @throws PermanentError `action-unknown`. */
  get(name: string): AnyAction {
    const found = this.#actions.get(name);
    if (found !== undefined) return found;
    const hint = didYouMean(name, this.names);
    throw new PermanentError(
      'action-unknown',
      `this worker has no action '${name}'`,
      hint === null ? {} : { hint },
    );
  }

  /** What the interpreter must know of an action. */
  facts(name: string): ActionFacts {
    const action = this.get(name);
    return {
      name,
      summary: action.summary,
      impact: action.impact,
      on: action.on,
      slow: action.slow,
      timeoutMs: milliseconds(action.timeout),
      settle: {
        timeoutMs: milliseconds(action.settle.timeout),
        everyMs: milliseconds(action.settle.every),
      },
      undo: typeof action.undo === 'string' ? action.undo : 'reversible',
      targetFields: targetFields(action),
      probe: action.every !== undefined,
    };
  }
}

/** A field that holds the name of a target, or a list of such names. */
function namesTargets(field: Readonly<Record<string, unknown>>): boolean {
  const { items } = field;
  return 'target' in field || (isObject(items) && 'target' in items);
}

/** Input fields of an action that name targets. */
export function targetFields(action: AnyAction): string[] {
  const { properties } = jsonSchema(action.input, 'input');
  if (!isObject(properties)) return [];
  return Object.entries(properties)
    .filter(([, field]) => isObject(field) && namesTargets(field))
    .map(([name]) => name);
}
