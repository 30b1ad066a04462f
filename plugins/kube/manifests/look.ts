import { PermanentError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { failureOf, type Refusal } from '../api/failure.js';
import { ask, parseJson } from '../api/kubectl.js';
import { fieldManager } from './applied.js';
import { conflictsOf } from './conflict.js';
import { byNamespace, isSame, refOf, type LiveObject, type ManifestObject } from './object.js';

/** The kind comes with a CustomResourceDefinition that is not there (yet). */
function unknownKind({ message }: Refusal): boolean {
  return /no matches for kind|the server doesn't have a resource type/.test(message);
}

function items(cluster: Target, what: string, stdout: string): readonly LiveObject[] {
  if (stdout.trim() === '') return [];
  const answer = parseJson(cluster, what, stdout) as LiveObject & { items?: readonly LiveObject[] };
  return answer.items ?? [answer];
}

/** One after another: of a `List`, kubectl itself would ask for every required field, as if it were new. */
function input(objects: readonly ManifestObject[]): string {
  return objects.map((object) => `${JSON.stringify(object)}\n`).join('');
}

/** What there is of these objects, and who owns which of their fields. */
async function read(
  cluster: Target,
  namespace: string,
  objects: readonly ManifestObject[],
): Promise<readonly LiveObject[]> {
  const args = ['get', '--filename=-', `--namespace=${namespace}`, '--ignore-not-found'];
  const answer = await ask(cluster, [...args, '--show-managed-fields', '--output=json'], {
    input: input(objects),
    quiet: true,
  });
  if (answer.ok) return items(cluster, 'kubectl get', answer.stdout);
  if (!unknownKind(answer.refusal)) throw failureOf(cluster.name, 'read objects', answer.refusal);
  if (objects.length === 1) return [];
  // One unknown kind spoils the whole request.
  const found: LiveObject[] = [];
  for (const object of objects) found.push(...(await read(cluster, namespace, [object])));
  return found;
}

/** Each object of a manifest as it is now; null where there is none. */
export async function liveObjects(
  cluster: Target,
  objects: readonly ManifestObject[],
  namespace: string,
): Promise<(LiveObject | null)[]> {
  const found: LiveObject[] = [];
  for (const group of byNamespace(objects, namespace)) {
    found.push(...(await read(cluster, group.namespace, group.objects)));
  }
  return objects.map((object) => {
    const placed = { ...object, metadata: { namespace, ...object.metadata } };
    return found.find((live) => isSame(live, placed)) ?? null;
  });
}

function refused(cluster: Target, refusal: Refusal, objects: readonly ManifestObject[]): Error {
  const what = objects.map(refOf).join(', ');
  const conflicts = conflictsOf(refusal.message);
  if (conflicts.length > 0) {
    const named = conflicts.map(({ manager, fields }) => `${manager} (${fields.join(', ')})`);
    return new PermanentError(
      'refused',
      `${cluster.name}: ${what}: other managers own fields of the manifest: ${named.join('; ')}`,
      {
        hint: 'Leave these fields out of the manifest, or change them where their manager gets them from. Nothing is taken by force.',
      },
    );
  }
  return failureOf(cluster.name, `apply ${what}`, refusal);
}

/** Applies objects on the server, or asks what that would make of them. */
export async function applyObjects(
  cluster: Target,
  objects: readonly ManifestObject[],
  namespace: string,
  dryRun: boolean,
): Promise<readonly LiveObject[]> {
  const made: LiveObject[] = [];
  for (const group of byNamespace(objects, namespace)) {
    const args = ['apply', '--server-side', `--field-manager=${fieldManager}`, '--filename=-'];
    const options = [`--namespace=${group.namespace}`, '--output=json'];
    const answer = await ask(
      cluster,
      [...args, ...options, ...(dryRun ? ['--dry-run=server'] : [])],
      { input: input(group.objects), quiet: true, timeout: '60s' },
    );
    if (!answer.ok) throw refused(cluster, answer.refusal, group.objects);
    made.push(...items(cluster, 'kubectl apply', answer.stdout));
  }
  return made;
}

/** Deletes objects, the last one first, and waits until they are gone. */
export async function deleteObjects(
  cluster: Target,
  objects: readonly ManifestObject[],
  namespace: string,
): Promise<void> {
  for (const group of byNamespace(objects.toReversed(), namespace)) {
    const args = ['delete', '--filename=-', `--namespace=${group.namespace}`, '--ignore-not-found'];
    const answer = await ask(cluster, [...args, '--wait', '--timeout=60s', '--output=name'], {
      input: input(group.objects),
      timeout: '90s',
    });
    if (!answer.ok && !unknownKind(answer.refusal)) {
      const what = group.objects.map(refOf).join(', ');
      throw failureOf(cluster.name, `delete ${what}`, answer.refusal);
    }
  }
}
