import type { Plugin } from '../../core/action.js';
import { ciliumAgentReady } from './agent-ready.js';
import { ciliumAgents } from './agents.js';
import { ciliumAgentsHealthy } from './agents-healthy.js';
import { ciliumAgentsRenewed } from './agents-renewed.js';
import { ciliumBackendsElsewhere } from './backends-elsewhere.js';
import { ciliumBgpDeclared } from './bgp-declared.js';
import { ciliumBgpEstablished } from './bgp-established.js';
import { ciliumBgpNode } from './bgp-node.js';
import { ciliumBgpPeering } from './bgp-peering.js';
import { ciliumLoadBalancing } from './load-balancing.js';
import { ciliumPodNetworks } from './pod-networks.js';
import { ciliumBgpReports } from './bgp-reports.js';
import { ciliumPoolFree } from './pool-free.js';

/** Cilium in clusters: every agent is asked itself. */
export const cilium: Plugin = {
  name: 'cilium',
  summary: 'Cilium in clusters: agents, BGP, and what the services of a node depend on.',
  actions: [
    ciliumAgentReady,
    ciliumPodNetworks,
    ciliumAgents,
    ciliumAgentsHealthy,
    ciliumAgentsRenewed,
    ciliumLoadBalancing,
    ciliumBgpNode,
    ciliumBgpDeclared,
    ciliumBgpPeering,
    ciliumBgpEstablished,
    ciliumBgpReports,
    ciliumBackendsElsewhere,
    ciliumPoolFree,
  ],
};
