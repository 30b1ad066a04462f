import { isObject } from '../../../core/json.js';

/** A value of the agent's configuration that can be compared. */
export type Setting = string | number | boolean;

/** Names of the agent's running configuration by which its BGP control plane is seen. */
export const bgpSetting = 'EnableBGPControlPlane';

/**
 * Reads `cilium-dbg config -a -o json`: the configuration that the agent was started with, whatever
 * the ConfigMap says by now.
 * @throws TypeError when it is something else.
 */
export function parseConfig(answer: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(answer) || !(bgpSetting in answer)) {
    throw new TypeError("not the agent's configuration");
  }
  return answer;
}

function shown(value: unknown): string {
  if (value === undefined) return 'unknown to this version';
  const plain =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return plain ? String(value) : JSON.stringify(value);
}

/** Settings that differ from the wanted ones, such as `EnableBGPControlPlane is false`. */
export function differing(
  config: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, Setting>>,
): string[] {
  return Object.entries(wanted)
    .filter(([name, value]) => config[name] !== value)
    .map(([name, value]) => `${name} is ${shown(config[name])} instead of ${shown(value)}`);
}
