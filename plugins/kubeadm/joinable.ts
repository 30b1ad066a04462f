import { z } from 'zod';
import { defineAction, duration, targetName } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { formatDuration } from '../../core/duration.js';
import { endpointOf } from './admin.js';
import { answers, apiVersion, clockAhead, kubeletVersion, skew } from './joinable/probes.js';
import { marksOn } from './machine.js';

/** A machine before it joins. */
export const kubeadmJoinable = defineAction({
  name: 'kubeadm.joinable',
  summary: 'Holds when a machine could join: it reaches the API, and its clock and versions fit.',
  impact: 'read',
  on: 'host',
  slow: true,
  input: z.strictObject({
    controlPlane: targetName('host').describe(
      "Host of the cluster's control plane, with the administrator's credentials of kubeadm.",
    ),
    maxClockSkew: duration()
      .prefault('5m')
      .describe("How far the machine's clock may be away from that of the control plane."),
  }),
  output: z.strictObject({
    endpoint: z.string().describe('Host and port of the API that nodes are told.'),
    reachable: z.boolean().describe('Whether the machine can connect to it.'),
    clockAheadMs: z
      .int()
      .describe(
        "How far the machine's clock is ahead of the control plane's, in whole seconds of ms.",
      ),
    kubelet: z.string().describe('Version of its kubelet.'),
    api: z.string().describe('Version of the API server.'),
  }),
  settle: { timeout: '2m', every: '2s' },
  async check(ctx, { controlPlane, maxClockSkew }) {
    const { target } = ctx;
    const control = ctx.on(controlPlane);
    const endpoint = await endpointOf(control);
    const reachable = await answers(target, endpoint);
    const ahead = await clockAhead(target, control);
    const [kubelet, api] = [await kubeletVersion(target), await apiVersion(control)];
    const marks = await marksOn(target);
    const faults: string[] = [];
    // In the order in which one looks: most of what looks like a bad token is one of the first two.
    if (!reachable) faults.push(`it does not reach the API at ${endpoint}`);
    if (Math.abs(ahead) > maxClockSkew) {
      const far = formatDuration(Math.abs(ahead));
      faults.push(
        `its clock is ${far} ${ahead > 0 ? 'ahead of' : 'behind'} that of ${control.name}`,
      );
    }
    const versions = skew(kubelet, api);
    if (versions !== null) faults.push(versions);
    if (marks.has('apiServer') || marks.has('etcd')) faults.push('it has a control plane');
    return {
      before: null,
      drift: faults.length === 0 ? null : excerpt(`${target.name}: ${faults.join('; ')}`, 256),
      output: { endpoint, reachable, clockAheadMs: Math.round(ahead / 1000) * 1000, kubelet, api },
    };
  },
  examples: [
    { title: 'Before k8s-w0 joins again', input: { controlPlane: 'k8s-ctr' } },
    {
      title: 'With a closer look at the clock',
      input: { controlPlane: 'k8s-ctr', maxClockSkew: '5s' },
    },
  ],
  notes: `A join that fails says "could not find a JWS signature" for an unknown token, after five minutes by
default, and much the same where the machine has no way to the API. So these are looked at first, and the
token last: \`kubeadm.node\` makes one of its own.

- The connection is made from the machine itself, to the address that nodes are told (a TCP connection with
  bash).
- A clock that is far off makes certificates and tokens that are not valid yet, or no longer.
- A kubelet may be as new as the API server, and at most three minor versions older.
- A machine with a control plane never joins as a worker.`,
});
