import type { Target } from '../../../core/target.js';
import { ask, tell } from './ask.js';
import { degradedModules, parseDegraded, parseStatus } from './health.js';
import type { Agent } from './pods.js';

function told(modules: readonly string[]): string | null {
  return modules.length === 0 ? null : `degraded: ${modules.join('; ')}`;
}

/**
 * Modules that are degraded, as text; null: none. The agent's own table says so at once. What older versions,
 * without a shell, tell instead comes late: their counts are renewed every 15 s.
 */
async function degraded(cluster: Target, agent: Agent): Promise<string | null> {
  const table = await tell(cluster, agent, ['shell', '--', 'health', '--levels=degraded']);
  // A shell that does not know the command says so, and exits 0.
  if (table.told !== undefined && /^(?:agent\n|\s*$)/.test(table.told)) {
    return told(degradedModules(table.told));
  }
  const metrics = ['metrics', 'list', '--match-pattern', 'hive_status'];
  const count = await ask(cluster, agent, metrics, parseDegraded);
  if (count.told === 0) return null;
  const text = await tell(cluster, agent, ['status', '--verbose']);
  if (text.told === undefined) return `the agent does not answer: ${text.silence}`;
  const named = told(degradedModules(text.told));
  // The tree is drawn only where the agent probes the health of nodes.
  if (named === null && typeof count.told === 'number') {
    return `${count.told} modules are degraded`;
  }
  return named;
}

/** What is wrong with an agent, by the API and by its own word, as text; null: nothing. */
export async function unwell(cluster: Target, agent: Agent): Promise<string | null> {
  const { node, pod, ready, startedAt } = agent;
  if (!ready) return `pod ${pod} is not Ready`;
  if (startedAt === null) return `the container of ${pod} does not run`;
  const status = await ask(cluster, agent, ['status'], parseStatus);
  if (status.told === undefined) return `the agent on ${node} does not answer: ${status.silence}`;
  return status.told ?? degraded(cluster, agent);
}
