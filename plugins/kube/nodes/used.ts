import type { Target } from '../../../core/target.js';
import { kubectl } from '../api/kubectl.js';
import type { Container, Quantities } from '../api/objects.js';
import { requested } from '../pods/requests.js';
import { plus, type Amounts } from './quantity.js';

/** One line per pod: its node, and as JSON what its requests are made of. A tenth of all pods in full. */
const template = [
  '{range .items[*]}{.spec.nodeName}{"\\t"}{.spec.overhead}{"\\t"}',
  '{range .spec.containers[*]}{.resources.requests}{"\\t"}{end}{"|"}',
  '{range .spec.initContainers[*]}{"\\t"}{.restartPolicy}{"="}{.resources.requests}{end}{"\\n"}{end}',
].join('');

function json(text: string): Quantities {
  return text === '' ? {} : (JSON.parse(text) as Quantities);
}

/** Sums per node from the lines of {@link template}. */
export function usedOf(stdout: string): Map<string, Amounts> {
  const used = new Map<string, Amounts>();
  for (const line of stdout.split('\n')) {
    const [node = '', overhead = '', ...rest] = line.split('\t');
    if (node === '') continue;
    const bar = rest.indexOf('|');
    const containers: Container[] = rest
      .slice(0, bar)
      .map((text) => ({ resources: { requests: json(text) } }));
    const initContainers: Container[] = rest.slice(bar + 1).map((text) => {
      const at = text.indexOf('=');
      return {
        restartPolicy: text.slice(0, at),
        resources: { requests: json(text.slice(at + 1)) },
      };
    });
    const wanted = requested({ containers, initContainers, overhead: json(overhead) });
    used.set(node, plus(used.get(node) ?? {}, wanted));
  }
  return used;
}

/** What the pods of a cluster have set aside on each node. */
export async function usedPerNode(cluster: Target): Promise<Map<string, Amounts>> {
  const unfinished = '--field-selector=status.phase!=Succeeded,status.phase!=Failed';
  const args = ['get', 'pods', '--all-namespaces', unfinished, `--output=jsonpath=${template}`];
  return usedOf(await kubectl(cluster, args, { quiet: true, doing: 'kubectl get pods' }));
}
