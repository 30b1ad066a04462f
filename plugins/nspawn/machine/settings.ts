import { createHash } from 'node:crypto';
import { cableOf, controlGroupOf, macOf, namespaceOf } from '../names.js';
import type { MachineInput } from './input.js';

/**
 * What the supervisor of a machine reads: one fact a line, a key, a blank, and the value as it is.
 */
export interface Settings {
  readonly text: string;
  /** Names the settings: the same input always gives the same. */
  readonly id: string;
}

/**
 * Name of a volume's folder on the disk: its path in one component, without anything that nspawn
 * would split.
 */
export function volumeFolder(path: string): string {
  return encodeURIComponent(path.slice(1));
}

/** Every volume of a machine, with the seed's. */
export function volumesOf({ volumes, seed }: Pick<MachineInput, 'volumes' | 'seed'>): string[] {
  return [...new Set([...(seed === undefined ? [] : [seed.to]), ...volumes])].sort();
}

/** How a machine is started, from its input. */
export function settingsOf(input: MachineInput): Settings {
  const lines: [string, string][] = [
    ['fabric', input.prefix],
    ['namespace', namespaceOf(input.prefix, input.name)],
    ['group', `${controlGroupOf(input.prefix)}/${input.name}`],
    ['hostname', input.hostname ?? input.name],
    ['layers', input.layers.join(':')],
    ['reboot', input.onReboot],
    ...input.nics.map(({ name, bridge, address }): [string, string] => [
      'nic',
      [name, cableOf(input.name, name), macOf(address), bridge, address].join(' '),
    ]),
    ...(input.gateway === undefined ? [] : [['gateway', input.gateway] as [string, string]]),
    ...(input.memory === undefined
      ? []
      : [['memory', String(input.memory * 1024 * 1024)] as [string, string]]),
    ...volumesOf(input).map((path): [string, string] => [
      'volume',
      `${volumeFolder(path)}:${path}`,
    ]),
    ...input.binds.map(({ from, to, readOnly }): [string, string] => [
      readOnly ? 'bind-ro' : 'bind',
      `${from}:${to}`,
    ]),
  ];
  const text = lines.map(([key, value]) => `${key} ${value}\n`).join('');
  return { text, id: createHash('sha256').update(text).digest('hex').slice(0, 16) };
}

/**
 * What differs between the settings a machine runs with and those it should have; null when nothing
 * does.
 */
export function settingsDiffer(running: string, wanted: string): string | null {
  const [has, shall] = [running, wanted].map((text) => new Set(text.split('\n').filter(Boolean)));
  if (has === undefined || shall === undefined) return null;
  const gone = [...has].filter((line) => !shall.has(line)).map((line) => `- ${line}`);
  const come = [...shall].filter((line) => !has.has(line)).map((line) => `+ ${line}`);
  const all = [...gone, ...come];
  // The order of interfaces counts as well.
  if (all.length === 0) return running === wanted ? null : 'another order';
  return all.join(', ');
}
