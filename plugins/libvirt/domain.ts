import { RunbookError } from '../../core/errors.js';
import { excerpt, plainText } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { failureOf, isUnknown, virsh } from './virsh.js';

/** What a domain may be: `saved` is off with its memory kept on disk, `off` is off for any other reason. */
export const powers = ['absent', 'off', 'saved', 'paused', 'running'] as const;
export type Power = (typeof powers)[number];

/** A domain as libvirt knows it, which tells apart what vagrant calls `shutoff` alike. */
export interface DomainState {
  readonly power: Power;
  /** Why, in libvirt's word: `booted`, `destroyed` (its power was cut), `crashed`, `shutdown`, `saved`… */
  readonly reason: string | null;
}

/** True where nothing runs; of a saved one the memory is kept. */
export function isOff(power: Power): boolean {
  return power === 'off' || power === 'saved' || power === 'absent';
}

/** True where the domain lost its power instead of shutting down: it was cut, or its emulator died. */
export function isCut({ power, reason }: DomainState): boolean {
  return power === 'off' && ['destroyed', 'crashed', 'failed'].includes(reason ?? '');
}

/** How a domain is told to people, such as `off (destroyed)`. */
export function describe({ power, reason }: DomainState): string {
  return reason === null ? power : `${power} (${reason})`;
}

/**
 * Parses `virsh domstate --reason`: `running (booted)`, `shut off (destroyed)`.
 * @throws TypeError where it is none.
 */
export function parseState(stdout: string): DomainState {
  const found = /^([a-z][a-z ]*?)(?: \(([^)]+)\))?$/.exec(stdout.trim());
  if (found === null) throw new TypeError(`no state of a domain: ${excerpt(stdout, 80)}`);
  const [, word, reason = null] = found;
  const power = ((): Power | null => {
    switch (word) {
      case 'running':
      case 'idle':
      case 'blocked':
      // It has been asked to, and still runs.
      case 'in shutdown':
        return 'running';
      case 'paused':
      case 'pmsuspended':
        return 'paused';
      case 'crashed':
        return 'off';
      case 'shut off':
        return reason === 'saved' ? 'saved' : 'off';
      default:
        return null;
    }
  })();
  if (power === null) throw new TypeError(`an unknown state of a domain: ${excerpt(stdout, 80)}`);
  return { power, reason: word === 'crashed' ? 'crashed' : reason };
}

/** Asks libvirt for a domain. @throws RunbookError `check-failed`, or as {@link failureOf}. */
export async function domainState(
  target: Target,
  uri: string,
  domain: string,
): Promise<DomainState> {
  const { exitCode, stdout, stderr } = await virsh(target, uri, ['domstate', '--reason', domain]);
  if (exitCode !== 0) {
    if (isUnknown(stderr)) return { power: 'absent', reason: null };
    throw failureOf(target.name, `domstate ${domain}`, stderr);
  }
  try {
    return parseState(plainText(stdout));
  } catch (error) {
    throw new RunbookError('check-failed', `${target.name}: ${domain}: its state is not known`, {
      cause: error,
    });
  }
}
