import type { Container, Pod } from '../api/objects.js';
import { amounts, most, plus, type Amounts } from '../nodes/quantity.js';

/** What of a pod counts for its requests. */
export type Requesting = Pick<Pod['spec'], 'containers' | 'initContainers' | 'overhead'>;

function requestsOf({ resources }: Container): Amounts {
  return amounts(resources?.requests);
}

/**
 * What the scheduler sets aside for a pod: its containers and sidecars together, or the largest of
 * its init containers beside the sidecars started before it, if that is more; and one pod.
 */
export function requested({ containers, initContainers, overhead }: Requesting): Amounts {
  let running = (containers ?? []).map(requestsOf).reduce(plus, {});
  let sidecars: Amounts = {};
  let starting: Amounts = {};
  for (const container of initContainers ?? []) {
    const requests = requestsOf(container);
    if (container.restartPolicy === 'Always') {
      sidecars = plus(sidecars, requests);
      running = plus(running, requests);
      starting = most(starting, sidecars);
    } else {
      starting = most(starting, plus(sidecars, requests));
    }
  }
  return plus(plus(most(running, starting), amounts(overhead)), { pods: 1 });
}
