import type { CommandResult } from '../../core/target.js';
import { runCommand } from './command.js';
import type { Faults } from './launch.js';
import { meetLeftovers } from './leftovers.js';
import { lineOf } from './line.js';
import type { Operation, OperationState } from './operation.js';
import { withoutTraces, type Request } from './request.js';
import type { Shell } from './shell.js';

/** Where commands of a target run, and for whom. */
export interface RunnerDeps {
  /** Name of the target. */
  readonly target: string;
  /** Called for each command: it may connect anew. */
  readonly shell: () => Shell | Promise<Shell>;
  /** Folders for tools before the usual ones. */
  readonly path: readonly string[];
  /** What leads into the network namespace of the commands, for lines to paste. */
  readonly enter: readonly string[];
  readonly operation: Operation;
  readonly state: OperationState;
  /** Tells servers apart that share a target. */
  readonly scope: string;
}

/** How one command differs from others of its target. */
export interface RunExtras {
  /** What is shown in its place, where that differs. */
  readonly shown?: Request;
  /** What is shown beside the target's name, without what leads there; as `shown` unless told. */
  readonly brief?: Request;
  /** Faults that the tool tells in words; asked before the exit code is. */
  readonly faults?: Faults;
}

/** Runs commands on one target on behalf of one operation. */
export type Runner = (request: Request, extras?: RunExtras) => Promise<CommandResult>;

export function createRunner(deps: RunnerDeps): Runner {
  const { target, operation, state, path } = deps;
  return async (request, { shown = request, brief = shown, faults } = {}) => {
    operation.signal.throwIfAborted();
    const unseen = withoutTraces(request, operation.log.redactor([]));
    const shell = await deps.shell();
    await meetLeftovers(deps, shell);
    const redactor = operation.log.redactor(request.secrets);
    const sudo = !shell.root;
    const line = lineOf(shown, { enter: deps.enter, sudo }, redactor);
    const place = { target, line: lineOf(brief, { enter: [], sudo }, redactor) };
    const job = { shell, place, line, operation, state, scope: deps.scope, path, redactor };
    return await runCommand({ ...job, faults: faults ?? (() => null) }, unseen);
  };
}
