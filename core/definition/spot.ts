import type { Reference } from '../run/references.js';
import { secretName } from '../run/secrets.js';
import type { Runbook } from './runbook.js';

/** Where expressions stand, and which steps they may refer to. */
export interface Spot {
  /** Ids of steps that have ended when this is evaluated. */
  readonly ended: ReadonlySet<string>;
  readonly scope: 'definition' | 'guard' | 'step' | 'end';
  /** True within the input of an action: the only place for secrets. */
  readonly secrets?: true;
  /** Inside a `forEach`: the steps that have ended before it, which are another run's. */
  readonly around?: ReadonlySet<string>;
}

/** What is around an expression. */
export interface Around {
  readonly runbook: Runbook;
  /** The `forEach` that a step stands in; undefined for none. */
  fleetOf(step: string): string | undefined;
  /** Why a data file of the project cannot be used; null when it can. */
  dataFile(name: string): string | null;
}

/** Why a reference is not possible where it stands, in the expression `text`; null where it is. */
export function unreachable(
  { path, index }: Reference,
  text: string,
  spot: Spot,
  { runbook, fleetOf, dataFile }: Around,
): string | null {
  const [root, id] = path;
  if (root === 'target' && spot.scope === 'definition') return "'target' is not known yet here";
  if (root === 'target' && runbook.target === undefined && spot.scope !== 'step') {
    return "the runbook has no 'target'";
  }
  if (root === 'secrets') {
    return spot.secrets === true && secretName(text) !== null
      ? null
      : "a secret can only be the whole value of a field of an action's input";
  }
  if (root === 'files') {
    if (id !== undefined) return dataFile(id);
    const [inputs, name = ''] = index?.length === 2 ? index : [];
    return inputs === 'inputs' && runbook.inputs?.[name]?.type === 'file'
      ? null
      : 'the name of a data file must stand here as it is, or be an input of type file: files["name.yaml"], files[inputs.name]';
  }
  if (root === 'item') {
    return spot.around === undefined ? "'item' is known only inside a forEach" : null;
  }
  if (root !== 'steps' || id === undefined || spot.ended.has(id)) return null;
  const fleet = fleetOf(id);
  if (fleet !== undefined && spot.ended.has(fleet)) {
    return `step '${id}' is done once per item; what came out of all is steps["${fleet}"].output`;
  }
  return `step '${id}' has not ended when this is evaluated`;
}
