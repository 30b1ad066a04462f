import { RunbookError } from '../../core/errors.js';
import type { ActionContext } from '../../core/action.js';
import type { Target } from '../../core/target.js';
import { admin, adminConf, adminGet } from './admin.js';

/** JSON values written one after another, as `kubeadm token list --output=json` does. */
export function jsonValues(text: string): unknown[] {
  const values: unknown[] = [];
  let depth = 0;
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char === '\\') at += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{') {
      if (depth === 0) start = at;
      depth += 1;
    } else if (char === '}') {
      depth -= 1;
      if (depth === 0) values.push(JSON.parse(text.slice(start, at + 1)));
    }
  }
  return values;
}

interface Listed {
  readonly token?: string;
  readonly description?: string;
}

/** Ids of the tokens with a description. An id is no secret. */
export function idsWith(description: string, listing: string): string[] {
  return jsonValues(listing)
    .filter((value) => (value as Listed).description === description)
    .map((value) => (value as Listed).token?.split('.')[0] ?? '')
    .filter((id) => id !== '');
}

function kubeadmToken(host: Target, args: readonly string[]) {
  const command = ['token', ...args, `--kubeconfig=${adminConf}`];
  // What it prints is the secret.
  return host.run('kubeadm', command, { sudo: true, log: 'quiet', failure: 'action-failed' });
}

/** Ids of the tokens of a control plane that have a description. */
export async function tokensWith(controlPlane: Target, description: string): Promise<string[]> {
  const { stdout } = await kubeadmToken(controlPlane, ['list', '--output=json']);
  return idsWith(description, stdout);
}

/** Deletes the tokens with a description: those of an attempt that did not come to its end. */
export async function deleteTokens(controlPlane: Target, description: string): Promise<void> {
  const ids = await tokensWith(controlPlane, description);
  if (ids.length > 0) await kubeadmToken(controlPlane, ['delete', ...ids]);
}

/** A new token, valid for 15 minutes. */
export async function createToken(controlPlane: Target, description: string): Promise<string> {
  const args = ['create', '--ttl=15m', `--description=${description}`];
  const { stdout } = await kubeadmToken(controlPlane, args);
  const token = stdout.trimEnd().split('\n').at(-1) ?? '';
  if (/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(token)) return token;
  throw new RunbookError(
    'action-failed',
    `${controlPlane.name}: kubeadm token create printed no token`,
  );
}

interface ClusterInfo {
  readonly data?: Readonly<Record<string, string>>;
}

const signedMs = 30_000;

/**
 * Waits until the controller manager has signed cluster-info with a token: kubeadm looks for the
 * signature every 5 s only, and a new one takes a second or two.
 */
export async function untilSigned(
  ctx: ActionContext,
  controlPlane: Target,
  token: string,
): Promise<void> {
  const key = `jws-kubeconfig-${token.slice(0, 6)}`;
  const end = ctx.now().getTime() + signedMs;
  const look = ['configmap', 'cluster-info', '--namespace=kube-public'];
  for (;;) {
    const info = await adminGet<ClusterInfo>(controlPlane, look, { quiet: true });
    if (info?.data?.[key] !== undefined) return;
    if (ctx.now().getTime() >= end) break;
    ctx.report('waiting until the controller manager has signed the new token');
    await ctx.sleep(300);
  }
  throw new RunbookError(
    'action-failed',
    `${controlPlane.name}: the controller manager has not signed the new token within ${signedMs / 1000} s`,
    {
      hint: 'Look at kube-controller-manager: its bootstrapsigner signs cluster-info in kube-public.',
    },
  );
}

/** Deletes a node object; one that is gone already is fine. */
export async function deleteNode(controlPlane: Target, name: string): Promise<void> {
  await admin(controlPlane, ['delete', 'node', name, '--ignore-not-found', '--output=name']);
}
