import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { endpointOf, initConfig, joinConfig } from '../../../plugins/kubeadm/config.js';
import { clusterFields, registration } from '../../../plugins/kubeadm/input.js';

const documents = (text: string): unknown[] =>
  text.split('---\n').map((part) => JSON.parse(part) as unknown);
const cluster = (more: object) =>
  z.strictObject(clusterFields).parse({ nodeName: 'c', advertiseAddress: '10.0.0.1', ...more });

describe('configuration of kubeadm init', () => {
  test('the least', () => {
    expect(documents(initConfig(cluster({}), 'v1.33.2', 'runbook/r'))).toEqual([
      {
        apiVersion: 'kubeadm.k8s.io/v1beta4',
        kind: 'InitConfiguration',
        localAPIEndpoint: { advertiseAddress: '10.0.0.1' },
        bootstrapTokens: [{ description: 'runbook/r', ttl: '1m0s' }],
        nodeRegistration: {
          name: 'c',
          criSocket: 'unix:///run/containerd/containerd.sock',
          imagePullPolicy: 'IfNotPresent',
          kubeletExtraArgs: [{ name: 'node-ip', value: '10.0.0.1' }],
        },
      },
      {
        apiVersion: 'kubeadm.k8s.io/v1beta4',
        kind: 'ClusterConfiguration',
        kubernetesVersion: 'v1.33.2',
        controlPlaneEndpoint: '10.0.0.1:6443',
        networking: { serviceSubnet: '10.96.0.0/12' },
      },
    ]);
  });

  test('everything', () => {
    const input = cluster({
      nodeIp: '10.0.0.2',
      endpoint: 'api.lab:443',
      podSubnet: '10.244.0.0/16',
      taints: [],
      skipPhases: ['addon/kube-proxy'],
      imagePullPolicy: 'Never',
      kubelet: {
        cgroupDriver: 'cgroupfs',
        kind: 'Other',
        evictionHard: { 'memory.available': '50Mi' },
      },
      kubeletFlags: { v: '2' },
      controllerManagerFlags: { 'node-monitor-grace-period': '20s' },
      apiServerFlags: { 'audit-log-maxage': '7' },
      schedulerFlags: { v: '1' },
    });
    const [init, config, kubelet] = documents(initConfig(input, 'v1.33.2', 'd')) as [
      never,
      never,
      never,
    ];
    expect(init).toMatchObject({
      skipPhases: ['addon/kube-proxy'],
      nodeRegistration: {
        taints: [],
        imagePullPolicy: 'Never',
        kubeletExtraArgs: [
          { name: 'node-ip', value: '10.0.0.2' },
          { name: 'v', value: '2' },
        ],
      },
    });
    expect(config).toMatchObject({
      controlPlaneEndpoint: 'api.lab:443',
      networking: { serviceSubnet: '10.96.0.0/12', podSubnet: '10.244.0.0/16' },
      apiServer: { extraArgs: [{ name: 'audit-log-maxage', value: '7' }] },
      controllerManager: { extraArgs: [{ name: 'node-monitor-grace-period', value: '20s' }] },
      scheduler: { extraArgs: [{ name: 'v', value: '1' }] },
    });
    expect(kubelet).toEqual({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      cgroupDriver: 'cgroupfs',
      evictionHard: { 'memory.available': '50Mi' },
    });
  });

  test('an IPv6 address is bracketed in the endpoint', () => {
    expect(endpointOf(cluster({ advertiseAddress: 'fd00::1' }))).toBe('[fd00::1]:6443');
  });
});

test('configuration of kubeadm join: the CA is pinned, and discovery is short', () => {
  const input = z.strictObject(registration).parse({
    nodeName: 'w',
    nodeIp: '10.0.0.3',
    taints: [{ key: 'a', effect: 'NoSchedule' }],
  });
  const discovery = {
    token: 'abcdef.0123456789abcdef',
    endpoint: '10.0.0.1:6443',
    caCertHash: 'sha256:ab',
  };
  expect(documents(joinConfig(input, discovery, 31))).toEqual([
    {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'JoinConfiguration',
      discovery: {
        bootstrapToken: {
          token: 'abcdef.0123456789abcdef',
          apiServerEndpoint: '10.0.0.1:6443',
          caCertHashes: ['sha256:ab'],
        },
      },
      timeouts: { discovery: '15s', kubernetesAPICall: '30s', tlsBootstrap: '2m0s' },
      nodeRegistration: {
        name: 'w',
        criSocket: 'unix:///run/containerd/containerd.sock',
        imagePullPolicy: 'IfNotPresent',
        taints: [{ key: 'a', effect: 'NoSchedule' }],
        kubeletExtraArgs: [{ name: 'node-ip', value: '10.0.0.3' }],
      },
    },
  ]);

  // The kubelet's flags are a map there, and there are no timeouts.
  expect(documents(joinConfig(input, discovery, 30))).toEqual([
    {
      apiVersion: 'kubeadm.k8s.io/v1beta3',
      kind: 'JoinConfiguration',
      discovery: {
        bootstrapToken: {
          token: 'abcdef.0123456789abcdef',
          apiServerEndpoint: '10.0.0.1:6443',
          caCertHashes: ['sha256:ab'],
        },
        timeout: '15s',
      },
      nodeRegistration: {
        name: 'w',
        criSocket: 'unix:///run/containerd/containerd.sock',
        imagePullPolicy: 'IfNotPresent',
        taints: [{ key: 'a', effect: 'NoSchedule' }],
        kubeletExtraArgs: { 'node-ip': '10.0.0.3' },
      },
    },
  ]);
});
