import { RunbookError } from '../../core/errors.js';
import type { CommandResult } from '../../core/target.js';
import { runCommand } from './command.js';
import { pathOf, type Faults } from './launch.js';
import { lineOf } from './line.js';
import { claimOf } from './name.js';
import type { Operation, OperationState } from './operation.js';
import { withoutTraces, type Request } from './request.js';
import { sweepScript } from './scripts.js';
import type { Shell } from './shell.js';
import { askScript } from './stop.js';
import { refusal, what } from './verdict.js';

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

/**
 * Before the first command of a later attempt: stops what earlier ones left running, as the login
 * user and as root.
 */
async function sweep(deps: RunnerDeps, shell: Shell): Promise<void> {
  const { target, operation, state } = deps;
  if (operation.attempt <= 1 || operation.verb === 'probe' || state.swept.has(target)) return;
  const claim = claimOf(deps.scope, operation, { fence: state.fence, id: '0', lost: '' });
  const place = { target, line: 'stop what earlier attempts left running' };
  for (const sudo of shell.root ? [false] : [false, true]) {
    const lines = await askScript(shell, sweepScript, claim, { path: pathOf(deps.path), sudo });
    for (const words of lines.filter((line) => line !== 'swept')) {
      await operation.log.note(`leftovers of an earlier attempt: ${words}`, target);
    }
    if (lines.includes('swept')) continue;
    const refused = lines.find((line) => !line.startsWith('stopped'));
    if (refused !== undefined) throw refusal(place, refused);
    // Who may not become root has left nothing that runs as root.
    if (!sudo) throw new RunbookError('unreachable', `${what(place)}: not done in time`);
  }
  state.swept.add(target);
}

export function createRunner(deps: RunnerDeps): Runner {
  const { target, operation, state, path } = deps;
  return async (request, { shown = request, brief = shown, faults } = {}) => {
    operation.signal.throwIfAborted();
    const unseen = withoutTraces(request, operation.log.redactor([]));
    const shell = await deps.shell();
    await sweep(deps, shell);
    const redactor = operation.log.redactor(request.secrets);
    const sudo = !shell.root;
    const line = lineOf(shown, { enter: deps.enter, sudo }, redactor);
    const place = { target, line: lineOf(brief, { enter: [], sudo }, redactor) };
    const job = { shell, place, line, operation, state, scope: deps.scope, path, redactor };
    return await runCommand({ ...job, faults: faults ?? (() => null) }, unseen);
  };
}
