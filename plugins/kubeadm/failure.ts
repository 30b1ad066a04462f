import { PermanentError, RunbookError, type ErrorCode } from '../../core/errors.js';
import { excerpt, plainText } from '../../core/excerpt.js';

/** What one way of failing means. */
interface Meaning {
  /** Sign in kubeadm's standard error: it tells its reasons as text only. */
  readonly sign: RegExp;
  readonly code: ErrorCode;
  readonly heals: boolean;
  readonly hint: string;
}

/** Every way in which init and join were seen to fail, the most telling sign first. */
const meanings: readonly Meaning[] = [
  {
    sign: /failed while waiting for the kubelet to start|kubelet is not healthy/,
    code: 'action-failed',
    heals: true,
    hint: 'journalctl -u kubelet on the machine tells why it does not start.',
  },
  {
    sign: /could not find a JWS signature/,
    code: 'action-failed',
    heals: true,
    hint: 'The token is unknown, has expired, or was not signed: is kube-controller-manager running?',
  },
  {
    sign: /failed to verify JWS signature/,
    code: 'cluster-mismatch',
    heals: false,
    hint: 'Another cluster answers at the endpoint, with a token of the same id: check the endpoint.',
  },
  {
    sign: /none of the public keys .* are pinned/,
    code: 'cluster-mismatch',
    heals: false,
    hint: 'The API server at the endpoint has another CA than the control plane: check the endpoint.',
  },
  {
    sign: /: Unauthorized\b/,
    code: 'action-failed',
    heals: true,
    hint: 'The token was deleted meanwhile, or may not be used for authentication.',
  },
  {
    sign: /connect: connection refused/,
    code: 'unreachable',
    heals: true,
    hint: 'The machine at the endpoint is up, its API server is not: look at the control plane.',
  },
  {
    sign: /connect: no route to host/,
    code: 'unreachable',
    heals: true,
    hint: 'No machine answers at the endpoint: is it up, and in this network?',
  },
  {
    sign: /connect: network is unreachable/,
    code: 'unreachable',
    heals: true,
    hint: 'The node has no route to the endpoint: add the route first, then join.',
  },
  {
    sign: /Client\.Timeout exceeded|i\/o timeout|context deadline exceeded/,
    code: 'unreachable',
    heals: true,
    hint: 'Packets to the endpoint are lost: look at the routers and firewalls on the way.',
  },
  {
    sign: /a Node with name ".*" and status "Ready" already exists/,
    code: 'refused',
    heals: false,
    hint: 'Another machine has this name: choose another, or take that node out of the cluster.',
  },
  {
    sign: /\[ERROR (?:FileAvailable--etc-kubernetes-kubelet\.conf|Port-10250)\]/,
    code: 'action-failed',
    heals: true,
    hint: 'The machine has joined before; the next attempt resets it.',
  },
  {
    sign: /\[ERROR /,
    code: 'refused',
    heals: false,
    hint: 'The machine does not meet what kubeadm asks: mend each [ERROR …], then retry.',
  },
  {
    sign: /execution phase wait-control-plane/,
    code: 'action-failed',
    heals: true,
    hint: 'crictl ps -a, or the logs below /var/log/pods, tell which part of the control plane fails.',
  },
];

/** Lines that are on every standard error and say nothing. */
const noise = /\[WARNING |^W\d{4} |To see the stack trace|If you know what you are doing|^\s*$/;

/** Exit code of kubeadm for a configuration that it does not take. */
const invalid = 3;

/** The error for a kubeadm init or join that failed. */
export function kubeadmFailure(
  host: string,
  doing: 'init' | 'join',
  exitCode: number,
  stderr: string,
): RunbookError {
  const lines = plainText(stderr).split('\n');
  const said = lines.filter((line) => !noise.test(line)).map((line) => line.trim());
  const text = said.join('; ') || `exit code ${exitCode}`;
  const message = `${host}: kubeadm ${doing} failed: ${excerpt(text, 700)}`;
  if (exitCode === invalid) {
    return new PermanentError('refused', message, {
      hint: 'kubeadm does not take the configuration: correct the inputs of the step.',
    });
  }
  const meaning = meanings.find(({ sign }) => sign.test(text));
  if (meaning === undefined) return new RunbookError('action-failed', message);
  const Kind = meaning.heals ? RunbookError : PermanentError;
  return new Kind(meaning.code, message, { hint: meaning.hint });
}
