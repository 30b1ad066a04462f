import { describe, expect, test } from '@jest/globals';
import { failureOf, refusalOf } from '../../../../plugins/kube/api/failure.js';
import { recorded } from '../fixture.js';

const failure = (file: string) =>
  failureOf('lab', 'kubectl get nodes', refusalOf(recorded(`kubectl/${file}.err`)));

describe('what kubectl says when it fails', () => {
  test.each([
    ['get-notfound', 'NotFound', 'pods "nope" not found'],
    [
      'evict-429',
      'TooManyRequests',
      "Cannot evict pod as it would violate the pod's disruption budget.",
    ],
    [
      'evict-two-budgets',
      null,
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    ],
    ['patch-uid', 'Invalid', expect.stringContaining('field is immutable')],
    ['unknown-resource', null, `the server doesn't have a resource type "nosuchthing"`],
    [
      'refused',
      null,
      'The connection to the server 192.168.10.101:6443 was refused - did you specify the right host or port?',
    ],
    ['readyz-forbidden-after-start', 'Forbidden', expect.stringContaining('kubernetes-admin')],
  ])('%s: reason and message, without the noise around them', (file, reason, message) => {
    expect(refusalOf(recorded(`kubectl/${file}.err`))).toEqual({ reason, message });
  });

  test('nothing at all is still a message', () => {
    expect(refusalOf('')).toEqual({ reason: null, message: 'no message' });
    expect(refusalOf('error: You must be logged in to the server (Unauthorized)\n')).toEqual({
      reason: 'Unauthorized',
      message: 'Unauthorized',
    });
  });

  test.each([
    ['get-notfound', 'refused', 'permanent'],
    ['patch-uid', 'refused', 'permanent'],
    ['patch-conflict', 'action-failed', 'transient'],
    ['label-conflict', 'action-failed', 'transient'],
    ['evict-429', 'action-failed', 'transient'],
    ['readyz-forbidden-after-start', 'action-failed', 'transient'],
    ['refused', 'unreachable', 'transient'],
    ['noroute', 'unreachable', 'transient'],
    ['unknown-resource', 'action-failed', 'transient'],
  ])('%s becomes %s, %s', (file, code, kind) => {
    expect(failure(file)).toMatchObject({ code, class: kind });
  });

  test.each([
    ['error: You must be logged in to the server (Unauthorized)', 'login-failed', 'permanent'],
    [
      'Unable to connect to the server: x509: certificate signed by unknown authority',
      'cluster-mismatch',
      'permanent',
    ],
    [
      'Unable to connect to the server: net/http: TLS handshake timeout',
      'unreachable',
      'transient',
    ],
    [
      'error: resource mapping not found for name: "x": no matches for kind "Nope" in version "a/v1"\nensure CRDs are installed first',
      'action-failed',
      'transient',
    ],
    [
      'Error from server: failed to create typed patch object (a/x; /v1, Kind=ConfigMap): .datum: field not declared in schema',
      'refused',
      'permanent',
    ],
    [
      'Error from server (ServiceUnavailable): the server is currently unable to handle the request',
      'action-failed',
      'transient',
    ],
  ])('%s', (stderr, code, kind) => {
    expect(failureOf('lab', 'x', refusalOf(stderr))).toMatchObject({ code, class: kind });
  });

  test('the message names cluster and command, on one line, and is bounded', () => {
    const long = failureOf('lab', 'patch node a', refusalOf(`error: ${'x\n'.repeat(2000)}`));
    expect(long.message).toMatch(/^lab: patch node a: x; x; x/);
    expect(long.message.length).toBeLessThan(700);
    expect(long.message).not.toContain('\n');
  });
});
