import { describe, expect } from '@jest/globals';
import { ciliumAgentReady } from '../../plugins/cilium/agent-ready.js';
import { ciliumBackendsElsewhere } from '../../plugins/cilium/backends-elsewhere.js';
import { ciliumBgpEstablished } from '../../plugins/cilium/bgp-established.js';
import { ciliumBgpNode } from '../../plugins/cilium/bgp-node.js';
import { ciliumBgpPeering } from '../../plugins/cilium/bgp-peering.js';
import type { AnyAction } from '../../core/action.js';
import { attempt } from '../laws/attempt.js';
import { createLabTargets, hostsOf, lab, needsLab } from './kube-fixture.js';

const open = createLabTargets();
const cluster = open(Object.keys(lab?.inventory.clusters ?? {})[0] ?? 'no cluster');
const node = hostsOf('nodes')[0] ?? 'no-node';
const test = needsLab('nodes', 'routers');

function check(action: AnyAction, input: object) {
  return attempt(action, { target: cluster, input, cleanup: () => Promise.resolve() }).check();
}

describe('cilium on the lab', () => {
  test('all is well', async () => {
    expect(await check(ciliumAgentReady, { node })).toMatchObject({ drift: null });
    expect(await check(ciliumBgpEstablished, {})).toMatchObject({ drift: null });
    expect(await check(ciliumBgpPeering, {})).toMatchObject({ drift: null });
    expect(await check(ciliumBackendsElsewhere, { node })).toMatchObject({ drift: null });
    expect(await check(ciliumBgpNode, { node, selected: true })).toMatchObject({
      drift: null,
      before: { selected: true },
    });
  }, 60_000);
});
