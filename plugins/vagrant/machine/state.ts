import { PermanentError, RunbookError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { domainState, type DomainState, type Power } from '../../libvirt/domain.js';
import type { Place, Provider } from '../input.js';
import { parseLines, said } from '../output.js';
import { ask } from '../vagrant.js';

/** libvirt's daemon of the host, where vagrant makes its machines. */
export const systemDaemon = 'qemu:///system';

/** Words of vagrant's providers for what they know; what is not listed is not known. */
const words: Readonly<Record<Provider, Readonly<Record<string, Power>>>> = {
  libvirt: {
    not_created: 'absent',
    running: 'running',
    // Running without an address yet, and about to.
    inaccessible: 'running',
    preparing: 'running',
    paused: 'paused',
    shutoff: 'off',
  },
  virtualbox: {
    not_created: 'absent',
    running: 'running',
    starting: 'running',
    stopping: 'running',
    paused: 'paused',
    saved: 'saved',
    poweroff: 'off',
    aborted: 'off',
    gurumeditation: 'off',
  },
  lxc: { not_created: 'absent', running: 'running', frozen: 'paused', stopped: 'off' },
};

/** Beginning of the names of libvirt's domains, as vagrant-libvirt makes it out of the folder. */
export function domainOf(dir: string, name: string, prefix?: string): string {
  const folder = dir.slice(dir.lastIndexOf('/') + 1).replace(/[^-a-z0-9_.]/gi, '');
  return `${prefix ?? `${folder}_`}${name}`;
}

/**
 * Reads a machine out of `vagrant status --machine-readable`, which exits 0 whatever it finds.
 * @throws TypeError where it is not told, or in a word that is not known.
 */
export function parseStatus(stdout: string, name: string, provider: Provider): DomainState {
  const word = said(parseLines(stdout), name, 'state');
  if (word === null) throw new TypeError(`vagrant does not tell of ${name}`);
  const power = Object.hasOwn(words[provider], word) ? words[provider][word] : undefined;
  if (power === undefined) throw new TypeError(`a state of ${provider} that is not known: ${word}`);
  return { power, reason: word === 'aborted' || word === 'gurumeditation' ? 'crashed' : null };
}

/**
 * A machine as vagrant and its provider know it. Of libvirt's, vagrant tells crashed, halted and saved
 * alike: there virsh has the word.
 * @throws PermanentError `refused` where the domain is there, but is not vagrant's.
 */
export async function machineState(
  target: Target,
  place: Place,
  name: string,
  domain: string,
): Promise<DomainState> {
  const { stdout } = await ask(target, place, ['status', name]);
  let state: DomainState;
  try {
    state = parseStatus(stdout, name, place.provider);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RunbookError('check-failed', `${target.name}: ${why}`, { cause: error });
  }
  if (place.provider !== 'libvirt') return state;
  const seen = await domainState(target, systemDaemon, domain);
  if (state.power === 'absent' && seen.power !== 'absent') {
    throw new PermanentError(
      'refused',
      `${target.name}: libvirt has a domain ${domain}, which is not that of ${place.dir}`,
      { hint: 'Choose another folder or prefix, or remove that domain: it is somebody else’s.' },
    );
  }
  return seen;
}
