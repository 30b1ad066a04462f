import { describe, expect, test } from '@jest/globals';
import { isConnectionFault } from '../../../../activities/targets/cluster/connection.js';

describe('isConnectionFault', () => {
  test.each([
    'The connection to the server localhost:8080 was refused - did you specify the right host or port?',
    'Unable to connect to the server: dial tcp 10.0.0.1:6443: i/o timeout',
    'Unable to connect to the server: net/http: TLS handshake timeout',
    'Error from server (ServiceUnavailable): the server is currently unable to handle the request',
    'Error from server (TooManyRequests): too many requests, please try again later',
    'Error from server (InternalError): an error on the server',
    'Error from server (Timeout): the server was unable to return a response in the time allotted',
    'Error from server: etcdserver: leader changed',
    'E1123 10:00:00.000000   12345 memcache.go:265] couldn\'t get current server API group list: Get "https://1": dial tcp 1: connect: connection refused',
    'Error: Kubernetes cluster unreachable: Get "https://1.2.3.4:6443/version": dial tcp 1.2.3.4:6443: connect: connection refused',
    'error: Get "https://1/api": EOF',
    'some warning\nError: Unable to determine status: Get "https://1": context deadline exceeded',
  ])('knows %s', (text) => {
    expect(isConnectionFault(text)).toBe(true);
  });

  test.each([
    '',
    'Error from server (NotFound): nodes "x" not found',
    'Error from server (Forbidden): nodes is forbidden',
    "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.",
    'error: unable to drain node "w0" due to error: cannot evict pod as it would violate the pod\'s disruption budget',
    'curl: (7) Failed to connect to 10.0.0.1: connection refused',
    'Error: release: not found',
    'error: the server doesn\'t have a resource type "x"',
  ])('leaves %s to the exit code', (text) => {
    expect(isConnectionFault(text)).toBe(false);
  });
});
