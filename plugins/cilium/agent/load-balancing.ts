import { createHash } from 'node:crypto';
import { isObject } from '../../../core/json.js';
import type { Target } from '../../../core/target.js';
import { ask, inside, type Told } from './ask.js';
import type { Agent } from './pods.js';

export const modes = ['snat', 'dsr', 'hybrid'] as const;
export const dispatches = ['opt', 'geneve', 'ipip'] as const;
export const algorithms = ['random', 'maglev'] as const;

/** How an agent hands calls to backends, in the words of the chart's values. */
export interface Balancing {
  readonly mode: string;
  /** How a backend on another node learns of the service's address; null where the mode is snat. */
  readonly dispatch: string | null;
  readonly algorithm: string;
  /** Size of the tables of Maglev; null for another algorithm. */
  readonly tableSize: number | null;
}

/** The agent's words for the values of `loadBalancer.dsrDispatch`. */
const dispatchWords: Readonly<Record<string, string>> = {
  'IP Option/Extension': 'opt',
  Geneve: 'geneve',
  IPIP: 'ipip',
};

/**
 * Reads `cilium-dbg status -o json`.
 * @throws TypeError when it is something else, or the agent replaces no kube-proxy.
 */
export function parseBalancing(answer: unknown): Balancing {
  const replacement = isObject(answer) ? answer['kube-proxy-replacement'] : undefined;
  const features = isObject(replacement) ? replacement['features'] : undefined;
  const nodePort = isObject(features) ? features['nodePort'] : undefined;
  if (!isObject(nodePort)) throw new TypeError('no load balancing');
  const { mode, dsrMode, algorithm, lutSize } = nodePort;
  if (typeof mode !== 'string' || typeof algorithm !== 'string') throw new TypeError('no mode');
  // The dispatch is told in every mode, and means nothing where replies go back the way they came.
  const dispatch = mode === 'SNAT' || typeof dsrMode !== 'string' ? null : dsrMode;
  return {
    mode: mode.toLowerCase(),
    dispatch: dispatch === null ? null : (dispatchWords[dispatch] ?? dispatch),
    algorithm: algorithm.toLowerCase(),
    tableSize: typeof lutSize === 'number' && lutSize > 0 ? lutSize : null,
  };
}

export function balancingOf(cluster: Target, agent: Agent): Promise<Told<Balancing>> {
  return ask(cluster, agent, ['status'], parseBalancing);
}

/** Prints the seed that the agent was started with: the ConfigMap as the init container found it. */
const seedScript =
  'cd /tmp/cilium/config-map && { [ ! -e "$1" ] || cat -- "$1"; } && echo && echo end';

/**
 * A short sum of the seed of Maglev that an agent was started with, `default` where none is set. The agent's
 * own status does not tell it.
 */
export async function seedOf(cluster: Target, agent: Agent): Promise<Told<string>> {
  const argv = ['sh', '-c', seedScript, 'seed', 'bpf-lb-maglev-hash-seed'];
  const answer = await inside(cluster, agent, argv);
  if (answer.told === undefined) return answer;
  const [seed = '', ...rest] = answer.told.split('\n');
  if (!rest.includes('end')) return { silence: 'its seed cannot be read' };
  if (seed === '') return { told: 'default' };
  return { told: createHash('sha256').update(seed, 'utf8').digest('hex').slice(0, 12) };
}
