import type { Impact } from '../action.js';
import type { Inventory } from '../definition/inventory.js';
import type { Runbook } from '../definition/runbook.js';
import type { Json } from '../json.js';
import type { Approvers } from './approvers.js';
import type { TargetKind } from '../target.js';
import type { Within } from './items.js';
import type { Undoing } from './request.js';

/** What the interpreter must know of an action: everything but its code. */
export interface ActionFacts {
  readonly name: string;
  readonly summary: string;
  readonly impact: Impact;
  readonly on: TargetKind;
  readonly slow: boolean;
  readonly timeoutMs: number;
  readonly settle: { readonly timeoutMs: number; readonly everyMs: number };
  readonly undo: 'reversible' | 'irreversible' | 'nothing';
  /** Input fields that name further targets. */
  readonly targetFields: readonly string[];
  /** True when it can be used as a probe. */
  readonly probe: boolean;
}

/** Values of a runbook's inputs, checked and with defaults; absent optional ones have no key. */
export type Inputs = Readonly<Record<string, Json>>;

/** Facts that expressions may use besides inputs and targets. */
export interface Surroundings {
  readonly inventory: Inventory;
  /** Folders on the worker's machine: `state`, `cache`, `project`, `package`. */
  readonly paths: Readonly<Record<string, string>>;
  /** `id`: eight hex digits, unique per project and state folder; `name`. */
  readonly project: Readonly<Record<string, string>>;
  /** Contents of the project's data files that expressions refer to, by name. */
  readonly files: Readonly<Record<string, Json>>;
  /**
   * Who may approve, and how votes are signed. Left out by what was started before approvals were bound to
   * plans: those are asked without one.
   */
  readonly approvers?: Approvers;
}

/** A runbook that is ready to run. */
export interface Program extends Surroundings {
  readonly runbook: Runbook;
  readonly inputs: Inputs;
  readonly actions: Readonly<Record<string, ActionFacts>>;
  /** Where it puts back what another run had changed. */
  readonly undoes?: Pick<Undoing, 'of' | 'from'>;
  /** Where the run is an item of another one's fleet. */
  readonly within?: Within;
}

/** A called runbook, resolved at the moment of its call. */
export interface Callee {
  readonly runbook: Runbook;
  readonly inputs: Inputs;
  readonly actions: Readonly<Record<string, ActionFacts>>;
  readonly files: Readonly<Record<string, Json>>;
}
