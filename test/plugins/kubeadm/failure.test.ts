import { describe, expect, test } from '@jest/globals';
import { kubeadmFailure } from '../../../plugins/kubeadm/failure.js';
import { recorded } from '../kube/fixture.js';

const join = (file: string, exitCode = 1) =>
  kubeadmFailure('k8s-w0', 'join', exitCode, recorded(`kubeadm/join-${file}.err`));

describe('every way in which kubeadm join was seen to fail', () => {
  test.each([
    [
      'unknown-token-t15',
      'action-failed',
      'transient',
      /could not find a JWS signature .* token ID "123456"/,
      /token is unknown, has expired/,
    ],
    [
      'unknown-token-config',
      'action-failed',
      'transient',
      /could not find a JWS signature/,
      /kube-controller-manager/,
    ],
    [
      'expired-removed-token-t15',
      'action-failed',
      'transient',
      /could not find a JWS signature/,
      /has expired/,
    ],
    [
      'wrong-secret-t15',
      'cluster-mismatch',
      'permanent',
      /failed to verify JWS signature/,
      /Another cluster answers/,
    ],
    ['wrong-cahash-t15', 'cluster-mismatch', 'permanent', /none of the public keys/, /another CA/],
    [
      'token-no-authentication-t20',
      'action-failed',
      'transient',
      /Unauthorized/,
      /deleted meanwhile/,
    ],
    [
      'refused-t15',
      'unreachable',
      'transient',
      /192\.168\.10\.101:6443: connect: connection refused/,
      /its API server is not/,
    ],
    ['unreachable-t15', 'unreachable', 'transient', /no route to host/, /No machine answers/],
    [
      'noroute-t15',
      'unreachable',
      'transient',
      /network is unreachable/,
      /no route to the endpoint/,
    ],
    [
      'routerdown-t15',
      'unreachable',
      'transient',
      /Client\.Timeout exceeded/,
      /routers and firewalls/,
    ],
    [
      'already-joined',
      'action-failed',
      'transient',
      /\[ERROR FileAvailable--etc-kubernetes-kubelet\.conf\]/,
      /has joined before/,
    ],
    [
      'node-still-ready',
      'refused',
      'permanent',
      /a Node with name "k8s-w0" and status "Ready" already exists/,
      /choose another/,
    ],
    [
      'kubelet-unhealthy-t20',
      'action-failed',
      'transient',
      /failed while waiting for the kubelet to start/,
      /journalctl -u kubelet/,
    ],
  ])('%s becomes %s, %s', (file, code, kind, message, hint) => {
    const error = join(file);
    expect(error).toMatchObject({ code, class: kind });
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  test('a configuration that kubeadm does not take will never be taken', () => {
    expect(join('malformed-token', 3)).toMatchObject({ code: 'refused', class: 'permanent' });
  });

  test('preflight checks that fail are all named', () => {
    const stderr = [
      'error execution phase preflight: [preflight] Some fatal errors occurred:',
      '\t[ERROR CRI]: container runtime is not running',
      '\t[ERROR Mem]: the system RAM (512 MB) is less than the minimum 1700 MB',
      '[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`',
    ].join('\n');
    const error = kubeadmFailure('k8s-w0', 'join', 2, stderr);
    expect(error).toMatchObject({ code: 'refused', class: 'permanent' });
    expect(error.message).toMatch(/\[ERROR CRI\].*; \[ERROR Mem\].*1700 MB$/);
  });

  test('what is on every standard error is left out, and what is unknown is tried again', () => {
    const error = join('ok');
    expect(error.message).toBe('k8s-w0: kubeadm join failed: exit code 1');
    expect(error).toMatchObject({ code: 'action-failed', class: 'transient' });
  });

  test('a control plane that does not come up', () => {
    const error = kubeadmFailure('k8s-ctr', 'init', 1, recorded('kubeadm/init-apiserver-down.err'));
    expect(error).toMatchObject({ code: 'unreachable', class: 'transient' });
    expect(error.message).toMatch(
      /^k8s-ctr: kubeadm init failed: error execution phase wait-control-plane/,
    );
  });
});
