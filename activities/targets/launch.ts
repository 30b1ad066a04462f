import type { RunbookError } from '../../core/errors.js';
import type { Redactor } from '../log/redact.js';
import { claimOf } from './name.js';
import type { Operation, OperationState } from './operation.js';
import { plainPath, type Request } from './request.js';
import { onceScript, readScript, scriptArgv } from './scripts.js';
import type { Process, Shell } from './shell.js';
import type { Place } from './verdict.js';

/**
 * Reads what a tool said, where its exit code does not tell enough: the error to fail with, whose
 * message is `what`; null where the exit code decides.
 */
export type Faults = (
  ended: { readonly code: number; readonly stderr: string },
  what: string,
) => RunbookError | null;

/** Where and for whom a command runs. */
export interface Job {
  readonly shell: Shell;
  readonly place: Place;
  /** The command as it is logged: a line to paste on the machine where it runs. */
  readonly line: string;
  readonly operation: Operation;
  readonly state: OperationState;
  /** Tells servers apart that share a target. */
  readonly scope: string;
  /** Folders for tools before the usual ones. */
  readonly path: readonly string[];
  readonly redactor: Redactor;
  readonly faults: Faults;
}

/** True for verbs that change something: their commands are recorded on the target. */
export function changes(operation: Operation): boolean {
  return operation.verb === 'apply' || operation.verb === 'undo';
}

export function pathOf(folders: readonly string[]): string {
  return [...folders, plainPath].join(':');
}

/** How a variable is announced whose value comes with the input; see scripts.ts. */
function announced(variable: string): string {
  const [name = ''] = variable.split('=', 1);
  return `${name}:${variable.split('\n').length}`;
}

/** The input with the variables before it that are not to be seen. */
export function inputOf({ hidden, input }: Request): Buffer {
  const values = hidden.map((variable) => `${variable.slice(variable.indexOf('=') + 1)}\n`);
  return values.length === 0 ? input : Buffer.concat([Buffer.from(values.join('')), input]);
}

/** Starts a command under its script. */
export async function launch(
  job: Job,
  request: Request,
  mark: string,
  id: string,
): Promise<Process> {
  const { shell, operation } = job;
  const limit = String(Math.ceil(request.timeoutMs / 1000));
  const env = [...request.env, ...request.hidden.map(announced)];
  const head = [mark, limit, pathOf(job.path), String(env.length), ...env];
  const { sudo } = request;
  const options = { sudo, signal: operation.signal };
  const lost = [...(job.state.lost.get(job.place.target) ?? [])].join(' ');
  // What only reads is not recorded, unless something is to be stopped before it.
  if (!changes(operation) && lost === '') {
    const args = [...head, ...request.argv];
    const plain = !sudo && inputOf(request).length === 0;
    const held = plain ? await shell.quick?.(args, operation.signal) : null;
    return held ?? (await shell.start(scriptArgv(readScript, args), options));
  }
  const claim = claimOf(job.scope, operation, { fence: job.state.fence, id, lost });
  if (operation.once !== undefined && changes(operation)) {
    // What may be a secret is not left lying there.
    const secret = request.quiet || request.secrets.length + request.hidden.length > 0;
    const args = [...head, ...claim, secret ? 'end' : 'all', ...request.argv];
    return await shell.start(scriptArgv(onceScript, args), options);
  }
  return await shell.change([...head, ...claim, ...request.argv], options);
}
