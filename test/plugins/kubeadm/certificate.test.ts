import { expect, test } from '@jest/globals';
import { caCertHash } from '../../../plugins/kubeadm/certificate.js';
import { recorded } from '../kube/fixture.js';

test('the hash is the one that kubeadm itself prints', () => {
  expect(caCertHash(recorded('kubeadm/ca.crt'), 'k8s-ctr')).toBe(
    'sha256:7c652281a81c16592e9bf9cb28fe3a565bd664345d1a5721e33f2f6152df3d01',
  );
});

test('what is no certificate is told with its machine', () => {
  expect(() => caCertHash('-----BEGIN CERT', 'k8s-w0')).toThrow(
    'k8s-w0: its ca.crt is not a certificate',
  );
});
