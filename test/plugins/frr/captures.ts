import { readFileSync } from 'node:fs';
import { parseBgpTable } from '../../../plugins/frr/routes/bgp.js';
import { parseKernelTable } from '../../../plugins/frr/routes/kernel.js';
import type { Routes } from '../../../plugins/frr/routes/read.js';
import { parseZebraTable } from '../../../plugins/frr/routes/zebra.js';

/** What a real tool printed. */
export function captured(name: string): string {
  return readFileSync(new URL(`../../fixtures/frr/${name}`, import.meta.url), 'utf8');
}

/** What a real tool printed, as a value. */
export function capturedJson(name: string): unknown {
  return JSON.parse(captured(name));
}

/**
 * States of a router with three nodes, captured one after the other: all well; the agent of node
 * 192.168.20.100 killed, four and twenty seconds after; the node unselected; its machine crashed.
 */
export const states = [
  'established',
  'stale-after-kill',
  'gone-after-kill',
  'idle-after-unselect',
  'w0-crashed',
] as const;

/** The routes of a router in one of these states. */
export function routesIn(state: (typeof states)[number]): Routes {
  return {
    bgp: parseBgpTable(capturedJson(`bgp-${state}.json`)),
    zebra: parseZebraTable(capturedJson(`zebra-${state}.json`)),
    kernel: parseKernelTable([capturedJson(`kernel-${state}.json`)], 'ipv4'),
  };
}
