import type { Target } from '../../../core/target.js';
import { ask, tell } from './ask.js';
import { degradedModules, parseDegraded, parseStatus } from './health.js';
import type { Agent } from './pods.js';

/** Modules that are degraded, as text; null: none. */
async function degraded(cluster: Target, agent: Agent): Promise<string | null> {
  const metrics = ['metrics', 'list', '--match-pattern', 'hive_status'];
  const count = await ask(cluster, agent, metrics, parseDegraded);
  if (count.told === 0) return null;
  const text = await tell(cluster, agent, ['status', '--verbose']);
  if (text.told === undefined) return `the agent does not answer: ${text.silence}`;
  const modules = degradedModules(text.told);
  if (modules.length > 0) return `degraded: ${modules.join('; ')}`;
  // Counted a moment ago, and not so any more: the next look tells.
  return typeof count.told === 'number' ? `${count.told} modules were degraded` : null;
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
