import type { LawCase } from '../../laws.js';
import { treeScript } from '../../targets/tree.js';
import type { Stage } from '../../targets/situation.js';
import { bgp, ethernet, pcap, tcp } from './frames.js';

/** Where captures are on their host, and where the tests have them copied to. */
export const folder = '/var/lib/runbook/captures';
export const copies = '/root/copies';

/** A capture of one packet, in base64. */
export const file = pcap([
  ethernet(tcp(['10.0.0.2', 40_000], ['10.0.0.1', 179], { payload: bgp(4) })),
]).toString('base64');

/** Scripts: no capture anywhere; one that was taken; what there is of captures and copies. */
export const emptied = `rm -rf ${folder} ${copies}`;
export const taken = `mkdir -p ${folder}; echo ${file} | base64 -d > ${folder}/one.pcap`;
export const looked = `${treeScript(folder)}${treeScript(copies)}`;

/** The sandbox is the worker's machine too, by a way of its own. */
export function withLocal(stage: Stage, situation: LawCase): LawCase {
  return {
    ...situation,
    arrange: async () => {
      const world = await situation.arrange();
      return { ...world, on: { local: (await stage.sandbox()).target } };
    },
  };
}
