import { RunbookError } from '../../core/errors.js';
import type { Session } from '../session.js';
import { broken, ok, type Check } from './check.js';

/** Whether what the server stores is encrypted, and with which key; nothing where no keys are configured. */
export async function codecCheck(session: Session): Promise<Check[]> {
  const { ProblemsError } = await import('../../core/definition/loader.js');
  try {
    const [first, ...others] = await session.keys();
    if (first === undefined) return [];
    const more =
      others.length === 0 ? '' : `; also there: ${others.map(({ id }) => id).join(', ')}`;
    return [ok('codec', `encrypts with the key ${first.id}${more}`)];
  } catch (error) {
    // Problems of the project's files are told by a check of their own.
    if (error instanceof ProblemsError) return [];
    if (!(error instanceof RunbookError)) throw error;
    return [broken('codec', error.message, error.hint ?? 'see docs/guides/encryption.md')];
  }
}
