import { rolloutOf, type WorkloadKind } from './rollout.js';

/** Fields of each pod, one line per pod, tab between them: a twentieth of the pods in full. */
export const podFields = [
  '{.metadata.namespace}/{.metadata.name}',
  '{.metadata.deletionTimestamp}',
  '{.status.phase}',
  '{.status.conditions[?(@.type=="Ready")].status}',
  '{.status.containerStatuses[*].state.waiting.reason}',
  '{.status.initContainerStatuses[*].state.waiting.reason}',
] as const;

/** Fields of each workload; the status is one JSON object. */
export const workloadFields = [
  '{.kind}',
  '{.metadata.namespace}/{.metadata.name}',
  '{.metadata.generation}',
  '{.spec.replicas}',
  '{.spec.updateStrategy}',
  '{.status}',
] as const;

/** The template that prints these fields of every item. */
export function lines(fields: readonly string[]): string {
  return `--output=jsonpath={range .items[*]}${fields.join('{"\\t"}')}{"\\n"}{end}`;
}

function rows(stdout: string): string[][] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

/** What the pods of a list are short of. */
export interface Unsettled {
  readonly seen: number;
  readonly missing: readonly string[];
}

/** Reasons of a waiting container that are part of every start. */
const starting = new Set(['ContainerCreating', 'PodInitializing']);

/** Pods that should run and do not, from the lines of {@link podFields}. */
export function unsettledPods(stdout: string): Unsettled {
  const missing: string[] = [];
  const all = rows(stdout);
  for (const [name = '', deleted, phase = '', ready, waiting = '', initWaiting = ''] of all) {
    if (deleted !== '' && deleted !== undefined) missing.push(`${name} is ending`);
    else if (phase === 'Succeeded' || phase === 'Failed') continue;
    else if (phase !== 'Running' || ready !== 'True') {
      const reasons = `${initWaiting} ${waiting}`.split(' ').filter((reason) => reason !== '');
      const reason = reasons.find((each) => !starting.has(each)) ?? reasons[0];
      const state = phase === 'Running' ? 'not ready' : phase;
      missing.push(`${name} is ${state}${reason === undefined ? '' : ` (${reason})`}`);
    }
  }
  return { seen: all.length, missing };
}

function json(text: string | undefined): Record<string, unknown> {
  return text === undefined || text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** Workloads that are not at what they want, from the lines of {@link workloadFields}. */
export function unsettledWorkloads(stdout: string): Unsettled {
  const missing: string[] = [];
  const all = rows(stdout);
  for (const [kind = '', name = '', generation, replicas, strategy, status] of all) {
    const lower = kind.toLowerCase() as WorkloadKind;
    const rollout = rolloutOf(lower, {
      metadata: { name, generation: Number(generation) },
      spec: {
        ...(replicas === '' ? {} : { replicas: Number(replicas) }),
        updateStrategy: json(strategy),
      },
      status: json(status),
    });
    if (rollout.missing !== null) missing.push(`${lower} ${name}: ${rollout.missing}`);
  }
  return { seen: all.length, missing };
}
