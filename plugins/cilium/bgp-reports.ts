import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { isObject } from '../../core/json.js';
import { list } from '../kube/api/kubectl.js';
import type { Meta } from '../kube/api/objects.js';
import { listing } from '../kube/listing.js';

interface NodeConfig {
  readonly metadata: Meta;
  readonly status?: unknown;
}

/** Whether a CiliumBGPNodeConfig tells of sessions. */
function reports({ status }: NodeConfig): boolean {
  return (
    isObject(status) && Array.isArray(status['bgpInstances']) && status['bgpInstances'].length > 0
  );
}

/** Whether agents report their sessions in the API. */
export const ciliumBgpReports = defineAction({
  name: 'cilium.bgp-reports',
  summary: 'Holds when every CiliumBGPNodeConfig has a status, or none has.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    reported: z.boolean().describe('Whether each of them must tell of sessions; false: none may.'),
  }),
  output: z.strictObject({
    configs: z.int().describe('CiliumBGPNodeConfigs that there are.'),
    reporting: z.int().describe('Those that tell of sessions.'),
  }),
  settle: { timeout: '2m', every: '2s' },
  async check({ target }, { reported }) {
    const configs = await list<NodeConfig>(target, 'ciliumbgpnodeconfigs.cilium.io', []);
    const others = configs.filter((config) => reports(config) !== reported);
    const names = listing(others.map(({ metadata }) => metadata.name));
    let drift: string | null = null;
    if (configs.length === 0) drift = 'there is no CiliumBGPNodeConfig';
    else if (others.length > 0) drift = reported ? `no status of ${names}` : `a status of ${names}`;
    return {
      before: null,
      drift: drift === null ? null : excerpt(drift, 256),
      output: { configs: configs.length, reporting: configs.filter(reports).length },
    };
  },
  examples: [
    { title: 'The status report is on', input: { reported: true } },
    { title: 'It is off, and nothing old is left', input: { reported: false } },
  ],
  notes: `The status is what agents write, and stays when they die: it says \`established\` for long after the end. So
this tells that the report is on or off, and never that a session is up: \`cilium.bgp-established\` and
\`frr.bgp-established\` ask for that.`,
});
