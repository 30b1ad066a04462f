import type { ClusterSpec } from '../../../core/definition/inventory.js';
import { PermanentError, RunbookError } from '../../../core/errors.js';
import type { CommandOptions, CommandResult, Target } from '../../../core/target.js';
import { jsonOver } from '../json.js';
import { toRequest, type Request } from '../request.js';
import type { Runner } from '../runner.js';
import { isConnectionFault } from './connection.js';
import type { Identities } from './identity.js';
import { speaksForPod, toolArgs, toolOf, type Credentials } from './tool.js';

/** Where the tools of a cluster run, and with which file. */
export interface ClusterWay {
  /** Runs commands that do what the step's verb does. */
  readonly runner: Runner;
  /** Runs commands that only read. */
  readonly reader: Runner;
  /** As root, where the login is not: the file is root's. */
  readonly sudo: boolean;
  /** The file to use now. */
  credentials(): Promise<Credentials & { readonly version: string }>;
  /** The file as an operator knows it. */
  readonly shown: Credentials;
  /** Where the tools run, for messages. */
  readonly place: string;
}

function uidOf(cluster: string, text: string): string {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = null;
  }
  const meta = (answer as { metadata?: { uid?: unknown } } | null)?.metadata;
  if (typeof meta?.uid === 'string' && meta.uid !== '') return meta.uid;
  throw new RunbookError(
    'command-failed',
    `${cluster}: kubectl did not tell the UID of the namespace kube-system`,
  );
}

/** A cluster as an action sees it. */
export function createClusterTarget(
  spec: ClusterSpec,
  way: ClusterWay,
  identities: Identities,
): Target {
  const { name } = spec;

  const confirm = async (
    request: Request,
    version: string,
    actual: Credentials,
  ): Promise<string> => {
    const key = JSON.stringify([name, spec.uid, way.place, way.shown, version]);
    if (spec.uid === null) return key;
    const claim = {
      cluster: name,
      uid: spec.uid,
      way: `${way.shown.context === null ? '' : `context ${way.shown.context} of `}${way.shown.kubeconfig}${way.place}`,
    };
    const args = ['get', 'namespace', 'kube-system', '-o', 'json'];
    const options = { sudo: way.sudo, secrets: request.secrets };
    const timeoutMs = 30_000;
    await identities.confirm(key, claim, async () => {
      const command = (file: Credentials): Request =>
        toRequest('kubectl', toolArgs('kubectl', args, file, timeoutMs), options);
      const { stdout } = await way.reader(command(actual), {
        shown: command(way.shown),
        brief: toRequest('kubectl', args, options),
      });
      return uidOf(name, stdout);
    });
    return key;
  };

  const run = async (
    command: string,
    args: readonly string[],
    options: CommandOptions = {},
  ): Promise<CommandResult> => {
    const tool = toolOf(name, command);
    const asked = toRequest(command, args, { ...options, sudo: way.sudo });
    const withFile = (file: Credentials): Request => ({
      ...asked,
      argv: [tool, ...toolArgs(tool, args, file, asked.timeoutMs)],
    });
    const shown = withFile(way.shown);
    const { version, ...actual } = await way.credentials();
    const key = await confirm(asked, version, actual);
    return await way.runner(withFile(actual), {
      shown,
      brief: asked,
      faults: (ended, what) => {
        if (ended.code === 0 || !isConnectionFault(ended.stderr)) return null;
        identities.forget(key);
        // Not an answer about the cluster, whatever exit codes the action takes as one.
        if (speaksForPod(tool, args)) return null;
        return new RunbookError('command-failed', what, {
          hint: `The API server of ${name} did not answer as it should; it is asked again.`,
        });
      },
    });
  };

  return {
    name,
    kind: 'cluster',
    cluster: name,
    address: null,
    vars: spec.vars,
    run,
    json: jsonOver(name, run),
  };
}

/**
 * What the inventory says about reaching a cluster, where that is enough.
 * @throws PermanentError `definition-invalid`
 */
export function wayOf(
  spec: ClusterSpec,
): { kind: 'file'; kubeconfig: string; context: string } | { kind: 'host'; host: string } {
  if (spec.kubeconfig !== null && spec.context !== null) {
    return { kind: 'file', kubeconfig: spec.kubeconfig, context: spec.context };
  }
  if (spec.kubeconfig === null && spec.controlPlane !== null) {
    return { kind: 'host', host: spec.controlPlane };
  }
  const lacks = spec.kubeconfig === null ? '`kubeconfig` and `controlPlane`' : '`context`';
  throw new PermanentError(
    'definition-invalid',
    `the inventory does not say how cluster ${spec.name} is reached: it lacks ${lacks}`,
    { hint: 'State `kubeconfig` with `context`, or the host in `controlPlane`.' },
  );
}
