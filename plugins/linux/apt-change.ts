import { PermanentError } from '../../core/errors.js';
import type { Apt } from './apt.js';
import type { Memo } from './files/store.js';

const installing = ['install', '--no-install-recommends', '--no-remove', '--allow-downgrades'];

/** @throws PermanentError `refused` where no source of the host has the package or version. */
export async function install(apt: Apt, wanted: string, added: Memo): Promise<void> {
  const args = [...installing, '--', wanted];
  let simulated = await apt.simulate(args);
  if (simulated === null) {
    await apt.update();
    simulated = await apt.simulate(args);
  }
  if (simulated === null) {
    throw new PermanentError('refused', `${apt.host}: no package source has ${wanted}`, {
      hint: 'apt-cache policy on the host tells what there is; add the source first.',
    });
  }
  await added.remember(simulated.added.join('\n'));
  await apt.run(args);
}

/** @throws PermanentError `refused` where others need the package. */
export async function remove(apt: Apt, name: string): Promise<void> {
  const simulated = await apt.simulate(['remove', '--', name]);
  const others = (simulated?.removed ?? []).filter((other) => other !== plainName(name));
  if (others.length > 0) {
    throw new PermanentError(
      'refused',
      `${apt.host}: ${name} is not removed, since these would go with it: ${others.slice(0, 8).join(', ')}`,
      { hint: 'Remove those first, each by a step of its own, so that they can be put back.' },
    );
  }
  await apt.run(['remove', '--', name]);
}

/** Name without its architecture. */
export function plainName(name: string): string {
  return name.replace(/:.*$/, '');
}

/**
 * Removes what installing brought and nobody else has come to need.
 * @throws PermanentError `undo-failed` where others need the package itself.
 */
export async function takeBack(apt: Apt, name: string, names: readonly string[]): Promise<void> {
  const own = new Set(names.map(plainName));
  for (const choice of [names, [name]]) {
    const simulated = await apt.simulate(['purge', '--', ...choice]);
    const others = (simulated?.removed ?? []).filter((other) => !own.has(plainName(other)));
    if (others.length === 0) {
      if (simulated !== null) await apt.run(['purge', '--', ...choice]);
      return;
    }
    if (choice.length === 1) {
      throw new PermanentError(
        'undo-failed',
        `${apt.host}: ${name} is not removed, since these need it by now: ${others.slice(0, 8).join(', ')}`,
        { hint: 'Remove those first, or keep the package and confirm.' },
      );
    }
  }
}

/** Removes packages that came as dependencies, unless others need them by now. */
export async function takeBackOthers(apt: Apt, names: readonly string[]): Promise<void> {
  const own = new Set(names.map(plainName));
  const simulated = await apt.simulate(['purge', '--', ...names]);
  if (simulated === null || simulated.removed.some((one) => !own.has(plainName(one)))) return;
  if (simulated.removed.length > 0) await apt.run(['purge', '--', ...names]);
}

/** @throws PermanentError `undo-failed` where no source has the former version any more. */
export async function bringBack(apt: Apt, name: string, version: string): Promise<void> {
  const args = [...installing, '--', `${name}=${version}`];
  if ((await apt.simulate(args)) === null) {
    throw new PermanentError(
      'undo-failed',
      `${apt.host}: no package source has ${name} ${version} any more`,
      { hint: 'Install that version by hand, or keep the one that is there and confirm.' },
    );
  }
  await apt.run(args);
}
