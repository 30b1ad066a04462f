import { describe, expect, test } from '@jest/globals';
import { withAbsoluteFiles } from '../../../../activities/targets/cluster/kubeconfig.js';

describe('withAbsoluteFiles', () => {
  test('names of files become absolute, and nothing else changes', () => {
    const text = `apiVersion: v1
clusters:
- cluster:
    certificate-authority: pki/ca.crt
    certificate-authority-data: abc/def
    server: https://10.0.0.1:6443
users:
- name: a
  user:
    client-certificate: '../a b.crt'
    client-key: "a.key"
    tokenFile: /var/run/token
`;
    expect(withAbsoluteFiles(text, '/home/me/.kube')).toBe(`apiVersion: v1
clusters:
- cluster:
    certificate-authority: "/home/me/.kube/pki/ca.crt"
    certificate-authority-data: abc/def
    server: https://10.0.0.1:6443
users:
- name: a
  user:
    client-certificate: "/home/me/a b.crt"
    client-key: "/home/me/.kube/a.key"
    tokenFile: /var/run/token
`);
  });

  test('a kubeconfig in JSON too', () => {
    const text = JSON.stringify(
      { cluster: { 'certificate-authority': 'ca.crt', server: 'x' } },
      null,
      2,
    );
    expect(JSON.parse(withAbsoluteFiles(text, '/k'))).toEqual({
      cluster: { 'certificate-authority': '/k/ca.crt', server: 'x' },
    });
  });
});
