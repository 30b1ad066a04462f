import type { LawCase } from '../../laws.js';
import { fakeCluster } from './fake-kubectl.js';
import { recorded, recordedItems } from './fixture.js';
import type { Node, Pod } from '../../../plugins/kube/api/objects.js';

/** An answer of kubectl: text as it is, anything else as JSON. */
export type Said = unknown;

/** What kubectl says to arguments that begin so; the first that fits counts. */
export type Script = readonly (readonly [begins: string, said: Said])[];

const nodes = recordedItems<Node>('kubectl/nodes.json');
const pods = recordedItems<Pod>('kubectl/pods.json');

/** Pods of the captured cluster that run on a node. */
export function podsOn(node: string): Pod[] {
  return pods.filter(({ spec }) => spec.nodeName === node);
}

/** The captured cluster: three nodes, one of them the control plane, and a web server on each. */
export const wholeCluster: Script = [
  ...nodes.map((node) => [`get node ${node.metadata.name} `, node] as const),
  ['get node ', ''],
  ['get nodes ', { items: nodes }],
  [
    'get pods --namespace=kube-system --selector=tier=control-plane ',
    { items: pods.filter(({ metadata }) => metadata.labels?.['tier'] === 'control-plane') },
  ],
  ...nodes.map(
    ({ metadata: { name } }) =>
      [
        `get pods --all-namespaces --field-selector=spec.nodeName=${name} `,
        { items: podsOn(name) },
      ] as const,
  ),
  ['get pods --all-namespaces --field-selector=status.phase', recorded('kubectl/requests.txt')],
  ['get poddisruptionbudgets.policy ', JSON.parse(recorded('kubectl/pdb-allowing.json'))],
  ['create --raw ', { kind: 'Status', status: 'Success' }],
];

/**
 * A situation of a cluster that answers from captures. Only for what reads: the answers never change.
 */
export function onCaptures(
  title: string,
  input: object,
  script: Script,
  finds: NonNullable<LawCase['finds']>,
): LawCase {
  const { cluster } = captured(script);
  return {
    title,
    finds,
    arrange: () => Promise.resolve({ target: cluster, input, cleanup: () => Promise.resolve() }),
  };
}

/** A cluster that answers from captures, and the calls that it had. */
export function captured(script: Script): ReturnType<typeof fakeCluster> {
  return fakeCluster((args) => {
    const text = args.join(' ');
    const found = script.find(([begins]) => `${text} `.startsWith(begins));
    if (found === undefined) throw new Error(`not expected: kubectl ${text}`);
    return typeof found[1] === 'string' ? found[1] : JSON.stringify(found[1]);
  });
}
