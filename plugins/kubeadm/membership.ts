import type { ActionContext } from '../../core/action.js';
import { PermanentError, RunbookError } from '../../core/errors.js';
import type { Target } from '../../core/target.js';
import { adminGet, endpointOf } from './admin.js';
import { joinConfig } from './config.js';
import { kubeadmFailure } from './failure.js';
import type { Registration } from './input.js';
import type { Lease, Node } from '../kube/api/objects.js';
import { kubeadmWithConfig, reset } from './machine.js';
import {
  hasLeftovers,
  isCalledReady,
  lookAt,
  missing,
  type Membership,
} from './membership-state.js';
import { createToken, deleteNode, deleteTokens, tokensWith, untilSigned } from './token.js';
import { joiningMinor } from './version.js';

/** What the action is told. */
export interface JoinInput extends Registration {
  readonly reset: boolean;
}

/** Kubelets renew every 10 s. */
const renewalMs = 14_000;
/** The controller manager gives a silent node up after 40 or 50 s. */
const givenUpMs = 75_000;

/** @throws PermanentError `refused` where the machine must not be reset. */
function refuseTaken(ctx: ActionContext, found: Membership, input: JoinInput): void {
  const host = ctx.target.name;
  if (found.marks.has('apiServer') || found.marks.has('etcd')) {
    throw new PermanentError(
      'refused',
      `${host} has a control plane: it does not become a worker`,
      {
        hint: 'When nothing of that control plane is needed any more: kubeadm reset by hand, then retry.',
      },
    );
  }
  const elsewhere = found.marks.has('kubelet') && found.ownCa !== found.clusterCa;
  if (elsewhere && !input.reset && !found.marks.has('begun')) {
    throw new PermanentError('refused', `${host} is a node of another cluster`, {
      hint: 'Take it out of that cluster first, or state reset: true where that cluster is gone.',
    });
  }
}

function renewal(controlPlane: Target, name: string): Promise<Lease | null> {
  return adminGet<Lease>(controlPlane, ['lease', name, '--namespace=kube-node-lease']);
}

/** @throws PermanentError `refused` where a kubelet on another machine serves the node. */
async function refuseAlive(ctx: ActionContext, controlPlane: Target, node: Node): Promise<void> {
  const { name } = node.metadata;
  const first = (await renewal(controlPlane, name))?.spec?.renewTime;
  const end = ctx.now().getTime() + renewalMs;
  while (ctx.now().getTime() < end) {
    ctx.report(`${name} exists and is called Ready: looking whether its kubelet lives`);
    await ctx.sleep('1s');
    if ((await renewal(controlPlane, name))?.spec?.renewTime === first) continue;
    throw new PermanentError(
      'refused',
      `${ctx.target.name}: the cluster has a node ${name}, whose kubelet lives on another machine (id ${node.status?.nodeInfo?.machineID})`,
      { hint: 'Choose another nodeName, or take that node out of the cluster.' },
    );
  }
}

/** kubeadm joins under no name that is called Ready, however dead that node is. */
async function untilGivenUp(ctx: ActionContext, controlPlane: Target, name: string): Promise<void> {
  const end = ctx.now().getTime() + givenUpMs;
  while (isCalledReady(await adminGet<Node>(controlPlane, ['node', name]))) {
    if (ctx.now().getTime() >= end) {
      throw new RunbookError(
        'action-failed',
        `${controlPlane.name}: node ${name} is still called Ready, though its kubelet was stopped`,
        { hint: 'Is kube-controller-manager running? It gives up nodes whose lease is old.' },
      );
    }
    ctx.report(`waiting until the controller manager gives up the dead node ${name}`);
    await ctx.sleep('1s');
  }
}

/** One join, with a token of its own. */
async function joinOnce(
  ctx: ActionContext,
  controlPlane: Target,
  input: JoinInput,
  caCertHash: string,
  minor: number,
): Promise<void> {
  const description = tokenDescription(ctx);
  const endpoint = await endpointOf(controlPlane);
  await deleteTokens(controlPlane, description);
  try {
    const token = await createToken(controlPlane, description);
    await untilSigned(ctx, controlPlane, token);
    ctx.report(`${ctx.target.name} joins ${endpoint}`);
    const result = await ctx.target.run('sh', kubeadmWithConfig(['join']), {
      sudo: true,
      exits: 'any',
      timeout: '5m',
      input: joinConfig(input, { token, endpoint, caCertHash }, minor),
      secrets: [token],
    });
    if (result.exitCode !== 0) {
      throw kubeadmFailure(ctx.target.name, 'join', result.exitCode, result.stderr);
    }
  } finally {
    await deleteTokens(controlPlane, description);
  }
}

/** The token that an attempt of this run before has left on the control plane, as text; null where there is none. */
export async function leftToken(ctx: ActionContext, controlPlane: Target): Promise<string | null> {
  const left = await tokensWith(controlPlane, tokenDescription(ctx));
  if (left.length === 0) return null;
  return `${ctx.target.name} has joined, but its token ${left.join(', ')} is still on ${controlPlane.name}`;
}

/** By what a later attempt finds the token of this one; each machine of a run has its own. */
function tokenDescription({ run, target }: ActionContext): string {
  return `runbook/${run.id}/${target.name}`;
}

/**
 * Makes the machine a node, whatever an attempt before has left.
 * @throws PermanentError `refused` where machine or name are taken; what kubeadm join fails with.
 */
export async function join(
  ctx: ActionContext,
  controlPlane: Target,
  input: JoinInput,
): Promise<void> {
  const { target } = ctx;
  const found = await lookAt(target, controlPlane, input.nodeName);
  if (missing(found, target.name, input.nodeName) === null) {
    await deleteTokens(controlPlane, tokenDescription(ctx));
    return;
  }
  refuseTaken(ctx, found, input);
  const minor = await joiningMinor(target);
  const other = found.node?.status?.nodeInfo?.machineID !== found.machineId;
  if (found.node !== null && isCalledReady(found.node) && other) {
    await refuseAlive(ctx, controlPlane, found.node);
  }
  if (hasLeftovers(found)) await reset(target, input.criSocket, ctx.run.id);
  await untilGivenUp(ctx, controlPlane, input.nodeName);
  await joinOnce(ctx, controlPlane, input, found.clusterCa, minor);
}

/** Takes the machine out of the cluster again; the node object too, unless it was there before. */
export async function leave(
  ctx: ActionContext,
  controlPlane: Target,
  input: JoinInput,
  keepNode: boolean,
): Promise<void> {
  const found = await lookAt(ctx.target, controlPlane, input.nodeName);
  refuseTaken(ctx, found, input);
  await deleteTokens(controlPlane, tokenDescription(ctx));
  if (hasLeftovers(found)) await reset(ctx.target, input.criSocket, ctx.run.id);
  const reported = found.node?.status?.nodeInfo?.machineID ?? '';
  const ours = found.node !== null && (reported === '' || reported === found.machineId);
  if (ours && !keepNode) await deleteNode(controlPlane, input.nodeName);
}
