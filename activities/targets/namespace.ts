import { stat } from 'node:fs/promises';
import { RunbookError } from '../../core/errors.js';

/** The part of `via` after `netns/`; null where it is no network namespace. */
export function namespaceOf(via: string | null): string | null {
  return via !== null && via.startsWith('netns/') ? via.slice('netns/'.length) : null;
}

/** The file of a named network namespace of this machine. */
export function namespaceFile(name: string): string {
  return `/run/netns/${name}`;
}

/**
 * Tells one namespace from a later one of the same name.
 * @throws RunbookError `unreachable` where there is none of that name
 */
export async function namespaceIdentity(name: string): Promise<string> {
  const file = namespaceFile(name);
  try {
    const { dev, ino } = await stat(file);
    return `${dev}:${ino}`;
  } catch (cause) {
    throw new RunbookError(
      'unreachable',
      `there is no network namespace ${name} on the worker's machine`,
      { hint: `Start the lab that makes it; \`ip netns list\` shows what is there.`, cause },
    );
  }
}
