import { describe, expect, test } from '@jest/globals';
import { parseBalancing, seedOf } from '../../../../plugins/cilium/agent/load-balancing.js';
import { fakeCluster, type Reply } from '../../kube/fake-kubectl.js';
import { capturedJson } from '../captures.js';

describe('how an agent balances load', () => {
  test('by the chart’s words, whatever the agent calls it', () => {
    expect(parseBalancing(capturedJson('status-dsr.json'))).toEqual({
      mode: 'dsr',
      dispatch: 'opt',
      algorithm: 'maglev',
      tableSize: 16381,
    });
  });

  test('where replies go back the way they came, the dispatch means nothing', () => {
    expect(parseBalancing(capturedJson('status-snat.json'))).toEqual({
      mode: 'snat',
      dispatch: null,
      algorithm: 'random',
      tableSize: null,
    });
  });

  test('a word that is not known is told as it is; anything else is refused', () => {
    const nodePort = { mode: 'DSR', dsrMode: 'New', algorithm: 'Maglev' };
    const status = { 'kube-proxy-replacement': { features: { nodePort } } };
    expect(parseBalancing(status)).toMatchObject({ dispatch: 'New', tableSize: null });
    expect(() => parseBalancing({})).toThrow(TypeError);
  });
});

describe('the seed of an agent', () => {
  const agent = {
    node: 'k8s-w0',
    namespace: 'kube-system',
    pod: 'cilium-24ql9',
    uid: 'u',
    createdAt: null,
    template: null,
    ready: true,
    startedAt: null,
    restarts: 0,
    image: null,
  };
  const seed = (reply: Reply) => seedOf(fakeCluster(() => reply).cluster, agent);

  test('is told as a sum, and never as it is', async () => {
    const { told } = await seed('JLfvgnHc2kaSUFaI\nend\n');
    expect(told).toMatch(/^[0-9a-f]{12}$/);
    expect(await seed('JLfvgnHc2kaSUFaI\nend\n')).toEqual({ told });
    expect((await seed('GgCZV8PjTgmQuole\nend\n')).told).not.toBe(told);
  });

  test('none is the default; no answer is none', async () => {
    expect(await seed('\nend\n')).toEqual({ told: 'default' });
    expect(await seed('')).toEqual({ silence: 'its seed cannot be read' });
    expect(await seed({ exitCode: 1, stderr: 'sh: cd: no such folder' })).toEqual({
      silence: 'sh: cd: no such folder',
    });
  });
});
