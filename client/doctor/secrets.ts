import type { Runbook } from '../../core/definition/runbook.js';
import { RunbookError } from '../../core/errors.js';
import type { PlannedStep } from '../../core/record.js';
import { secretText } from '../../core/run/secrets.js';
import { look } from './look.js';
import type { Session } from '../session.js';
import { broken, ok, type Check } from './check.js';

/** A runbook that only looks: with each secret once, of which nothing comes back. */
export function secretsRunbook(names: readonly string[]): Runbook {
  return {
    apiVersion: 'runbook/v1',
    name: 'doctor',
    title: 'Have every secret once',
    steps: names.map((name, at) => ({
      id: `secret-${at + 1}`,
      title: name,
      action: 'linux.command',
      on: 'local',
      input: {
        check: ['true'],
        apply: ['true'],
        undo: 'nothing',
        env: { RUNBOOK_SECRET: secretText(name) },
      },
    })),
  };
}

/** Whether a secret could be had. */
export function secretCheck({ title, kind, drift }: PlannedStep): Check {
  const name = `secret ${title}`;
  return kind === 'no-op'
    ? ok(name, 'can be had by the worker')
    : broken(name, drift ?? kind, 'see docs/errors/secret-unavailable.md');
}

/**
 * Whether the worker can have each secret of the project: it is the one that needs them. Starts server and
 * worker where there are secrets and they do not run.
 */
export async function secretsChecks(session: Session): Promise<Check[]> {
  const { ProblemsError } = await import('../../core/definition/loader.js');
  try {
    const project = await session.project();
    const names = Object.keys(project.file.secrets ?? {}).sort();
    if (names.length === 0) return [];
    const plan = await look(session, secretsRunbook(names));
    return plan.steps.map(secretCheck);
  } catch (error) {
    // Problems of the project's files have been told already.
    if (error instanceof ProblemsError) return [];
    if (!(error instanceof RunbookError)) throw error;
    return [broken('secrets', error.message, error.hint ?? 'runbook dev start')];
  }
}
