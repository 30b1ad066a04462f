import { createHash } from 'node:crypto';
import type { RunInfo } from '../../../core/action.js';
import { PermanentError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { change, failureOf, type Place } from './helm.js';
import { isPending, lastDeployed, type Revision } from './history.js';

/**
 * Label of the revisions that a step makes. The description is only written when an upgrade has ended:
 * until then, and for ever in one that was killed, it reads "Preparing upgrade". Labels are there from
 * the beginning.
 */
export const stepLabel = 'runbook-step';

/** The value of {@link stepLabel} for a step. */
export function markOf({ id, step }: RunInfo): string {
  return createHash('sha256').update(`${id}/${step}`, 'utf8').digest('hex').slice(0, 40);
}

/** helm takes `--labels` since 3.13. */
export function knowsLabels(version: string): boolean {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(version.trim()) ?? [];
  return Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 13);
}

/** Arguments that mark what a step makes. */
export async function marks(target: Target, run: RunInfo): Promise<string[]> {
  const { stdout } = await target.run('helm', ['version', '--template', '{{.Version}}']);
  const description = ['--description', `runbook/${run.id}/${run.step}`];
  return knowsLabels(stdout)
    ? [...description, '--labels', `${stepLabel}=${markOf(run)}`]
    : description;
}

/** Whether the newest revision is one that this step began, and nobody ended. */
export async function isOurs(target: Target, place: Place, run: RunInfo): Promise<boolean> {
  const args = [
    'list',
    '--pending',
    '--filter',
    `^${place.name}$`,
    '--selector',
    `${stepLabel}=${markOf(run)}`,
    '--namespace',
    place.namespace,
    '--output',
    'json',
  ];
  const { exitCode, stdout, stderr } = await target.run('helm', args, { exits: [0, 1] });
  if (exitCode !== 0) throw failureOf(target.name, `list ${place.name}`, stderr);
  const found: unknown = JSON.parse(stdout);
  return Array.isArray(found) && found.length > 0;
}

/** helm's limit for one operation, and ours for helm. */
export function limits(timeoutMs: number): { readonly args: string[]; readonly timeout: number } {
  const seconds = Math.max(1, Math.round(timeoutMs / 1000));
  return { args: ['--timeout', `${seconds}s`], timeout: seconds * 1000 + 60_000 };
}

/** @throws PermanentError `refused` for an operation that is not this step's. */
export function foreign(
  target: Target,
  place: Place,
  history: readonly Revision[],
): PermanentError {
  const last = history.at(-1);
  const served = lastDeployed(history);
  const { name, namespace } = place;
  const mend =
    served === undefined
      ? `helm uninstall ${name} --namespace ${namespace}`
      : `helm rollback ${name} ${served.revision} --namespace ${namespace}`;
  return new PermanentError(
    'refused',
    `${target.name}: revision ${last?.revision ?? 0} of ${name} is ${last?.status ?? ''}, and not by this step: another helm is at work, or was killed`,
    { hint: `Where no helm is at work on it any more: ${mend}, then retry.` },
  );
}

/** Ends what a lost attempt of this step began, so that helm takes the release on again. */
export async function recover(
  target: Target,
  place: Place,
  run: RunInfo,
  history: readonly Revision[],
  timeoutMs: number,
): Promise<void> {
  const last = history.at(-1);
  if (last === undefined || !isPending(last)) return;
  if (!(await isOurs(target, place, run))) throw foreign(target, place, history);
  const { args, timeout } = limits(timeoutMs);
  const served = lastDeployed(history);
  if (served === undefined) await change(target, place, ['uninstall', ...args], { timeout });
  else await change(target, place, ['rollback', String(served.revision), ...args], { timeout });
}
