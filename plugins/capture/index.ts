import type { Plugin } from '../../core/action.js';
import { captureFetched } from './fetched.js';
import { captureMatched } from './matched.js';
import { capturePackets } from './packets.js';
import { captureSummary } from './summary.js';

/** Packets as they are on the wire: taken on a host with tcpdump, fetched, and read elsewhere. */
export const capture: Plugin = {
  name: 'capture',
  summary: 'Packets on the wire: bounded captures with tcpdump, fetched, and summed up elsewhere.',
  actions: [capturePackets, captureFetched, captureSummary, captureMatched],
};
