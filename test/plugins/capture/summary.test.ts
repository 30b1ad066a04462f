import { describe, expect, test as plain } from '@jest/globals';
import { captureSummary } from '../../../plugins/capture/summary.js';
import { parsePcap } from '../../../plugins/capture/pcap/file.js';
import { summaryOf } from '../../../plugins/capture/pcap/summary.js';
import { jsonBytes } from '../../../core/excerpt.js';
import { Dice } from '../../faults/dice.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';
import { copies, emptied, folder, looked, taken, withLocal } from './captures.js';
import { bgp, ethernet, pcap, tcp } from './frames.js';

const test = needs(sandboxNeeds);
const stage = createStage(emptied, looked);
const path = `${folder}/one.pcap`;
const situation = (title: string, input: object, finds: 'drift' | 'nothing') =>
  withLocal(stage, stage.situation(title, taken, { path, ...input }, { finds }));

laws(captureSummary, {
  test,
  cases: [
    situation('a capture', {}, 'nothing'),
    situation('too few packets', { minPackets: 2 }, 'drift'),
    situation('no such option', { ipOption: 154 }, 'drift'),
  ],
  bad: [
    { title: 'a relative path', input: { path: 'one.pcap' } },
    { title: 'an option that is none', input: { path: '/a', ipOption: 256 } },
    { title: 'fewer packets than none', input: { path: '/a', minPackets: -1 } },
    { title: 'an unknown field', input: { path: '/a', filter: [] } },
  ],
});

/** Looks at a file of these bytes. */
async function summed(content: Buffer, script = ':') {
  const { sh, open, target } = await stage.sandbox();
  await sh(`${emptied}; mkdir -p ${copies}`);
  await target.run('sh', ['-euc', `base64 -d > ${copies}/it`], {
    input: content.toString('base64'),
  });
  await sh(script);
  const world = {
    target: open,
    on: { local: target },
    input: { path: `${copies}/it` },
    cleanup: () => Promise.resolve(),
  };
  return attempt(captureSummary, world).check();
}

describe('capture.summary', () => {
  for (const [title, content, script, code] of [
    ['a file that is not there', '', `rm ${copies}/it`, 'not-found'],
    ['a folder', '', `rm ${copies}/it; mkdir ${copies}/it`, 'not-found'],
    ['an empty file', '', ':', 'check-failed'],
    [
      'another format',
      'root:x:0:0:root:/root:/bin/bash\nand so on, and so on',
      ':',
      'check-failed',
    ],
  ] as const) {
    test(`${title} is refused for good, with nothing of it told`, async () => {
      await expect(summed(Buffer.from(content), script)).rejects.toMatchObject({
        code,
        class: 'permanent',
        message: expect.not.stringContaining('/bin/bash'),
      });
    });
  }

  test('of many flows as many are told as fit into the history, the largest first', async () => {
    const flows = Array.from({ length: 300 }, (_, n) =>
      ethernet(tcp([`10.1.${n >> 8}.${n & 255}`, 40_000], ['10.0.0.1', 80])),
    );
    const { output } = await summed(pcap([...flows, ...flows.slice(7, 8)]));
    const { flows: told, more, packets } = captureSummary.output.parse(output);
    expect(packets).toBe(301);
    expect(told[0]).toMatchObject({ from: '10.1.0.7', packets: 2 });
    expect(told.length + more).toBe(300);
    expect(jsonBytes(output as never)).toBeLessThan(1024);
  });
});

describe('captures that somebody has made up', () => {
  const node: [string, number] = ['10.0.0.2', 40_000];
  const router: [string, number] = ['10.0.0.1', 179];

  plain('packets out of order have no negative time', () => {
    const file = pcap([ethernet(tcp(node, router)), ethernet(tcp(node, router))]);
    // The first packet gets the time of one that came nine seconds later.
    file.writeUInt32LE(1_700_000_009, 24);
    expect(summaryOf(parsePcap(file)).seconds).toBe(8);
  });

  plain('BGP messages of no known type are counted by one name', () => {
    const payload = Buffer.concat([bgp(0), bgp(6), bgp(255), bgp(4)]);
    const { bgp: counted } = summaryOf(parsePcap(pcap([ethernet(tcp(node, router, { payload }))])));
    expect(counted).toEqual({ other: 3, keepalive: 1 });
  });

  plain('lengths that lie end the reading, not the program', () => {
    const file = pcap([ethernet(tcp(node, router))]);
    file.writeUInt32LE(0xffff_ffff, 24 + 8);
    expect(parsePcap(file)).toEqual([]);
    const short = bgp(4);
    short.writeUInt16BE(0, 16);
    const options = [7, 0, 7, 0];
    const frame = ethernet(tcp(node, router, { payload: Buffer.concat([short, short]), options }));
    const found = summaryOf(parsePcap(pcap([frame])));
    expect(found).toMatchObject({ ipOptions: [7], bgp: { keepalive: 2 } });
  });

  plain('whatever bytes are changed, it is summed up or refused in words', () => {
    const dice = new Dice(20_261_127);
    const sound = pcap([
      ethernet(tcp(node, router, { payload: Buffer.concat([bgp(1), bgp(4)]) })),
      ethernet(tcp(router, node, { options: [154, 8, 0, 80, 172, 16, 1, 1], flags: 0x12 })),
      ethernet(Buffer.concat([Buffer.from([0x60]), Buffer.alloc(59)]), 0x86dd),
      ethernet(tcp(node, router), 0x8100),
    ]);
    let refused = 0;
    for (let round = 0; round < 4000; round += 1) {
      const file = Buffer.from(sound.subarray(0, dice.below(sound.length + 1)));
      for (let change = dice.below(12); change > 0 && file.length > 0; change -= 1) {
        file[dice.below(file.length)] = dice.below(256);
      }
      try {
        const { packets, seconds, flows } = summaryOf(parsePcap(file));
        expect(packets).toBeLessThanOrEqual(file.length / 16);
        expect(seconds).toBeGreaterThanOrEqual(0);
        expect(flows.length).toBeLessThanOrEqual(packets);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        expect(error.message).toMatch(/^it is |^link type /);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(4000);
  });
});
