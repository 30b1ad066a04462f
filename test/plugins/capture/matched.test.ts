import { describe, expect, test as plain } from '@jest/globals';
import { captureMatched } from '../../../plugins/capture/matched.js';
import { parseMatches, valuesOf } from '../../../plugins/capture/tshark/matches.js';
import { jsonBytes } from '../../../core/excerpt.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';
import { copies, emptied, folder, looked, taken, withLocal } from './captures.js';
import { bgp, ethernet, pcap, tcp } from './frames.js';

const tsharkNeeds = {
  ...sandboxNeeds,
  commands: [...sandboxNeeds.commands, 'tshark', 'setpriv'],
} as const;
const test = needs(tsharkNeeds);
const stage = createStage(emptied, looked);
const path = `${folder}/one.pcap`;
const situation = (title: string, input: object, finds: 'drift' | 'nothing') =>
  withLocal(stage, stage.situation(title, taken, { path, ...input }, { finds }));

laws(captureMatched, {
  test,
  cases: [
    situation('a message that is there', { filter: 'bgp.type == 4' }, 'nothing'),
    situation('one that is not', { filter: 'bgp.type == 3' }, 'drift'),
    situation(
      'one that must not be there',
      { filter: 'bgp.type == 3', least: 0, most: 0 },
      'nothing',
    ),
    situation('more than may be', { filter: 'tcp', least: 0, most: 0 }, 'drift'),
  ],
  bad: [
    { title: 'a relative path', input: { path: 'one.pcap', filter: 'tcp' } },
    { title: 'no filter', input: { path: '/a', filter: '' } },
    { title: 'a filter of two lines', input: { path: '/a', filter: 'a\nb' } },
    { title: 'an option in place of a field', input: { path: '/a', filter: 'a', fields: ['-w'] } },
    { title: 'fewer than none', input: { path: '/a', filter: 'a', least: -1 } },
    { title: 'an unknown field', input: { path: '/a', filter: 'a', name: 1 } },
  ],
});

const node: [string, number] = ['10.0.0.2', 40_000];
const router: [string, number] = ['10.0.0.1', 179];
const few = pcap([
  ethernet(tcp(node, router, { payload: Buffer.concat([bgp(4), bgp(4)]) })),
  ethernet(tcp(router, node, { options: [154, 8, 0, 80, 172, 16, 1, 1], flags: 0x12 })),
  ethernet(tcp(['10.0.0.3', 179], ['10.0.0.1', 40_001], { payload: bgp(4) })),
]);

/** Looks at a file of these bytes. */
async function matched(content: Buffer, input: object, script = ':') {
  const { sh, open, target } = await stage.sandbox();
  await sh(`${emptied}; mkdir -p ${copies}`);
  await target.run('sh', ['-euc', `base64 -d > ${copies}/it`], {
    input: content.toString('base64'),
  });
  await sh(script);
  const world = {
    target: open,
    on: { local: target },
    input: { path: `${copies}/it`, ...input },
    cleanup: () => Promise.resolve(),
  };
  return attempt(captureMatched, world).check();
}

describe('capture.matched', () => {
  test('counts packets, and the values of their fields, each once for a packet', async () => {
    const { drift, output } = await matched(few, {
      // Wireshark 4.0 has no field for options that it does not know.
      filter: 'bgp || ip[20] == 9a',
      least: 3,
      most: 3,
      fields: ['ip.src', 'bgp.type'],
    });
    expect(drift).toBeNull();
    expect(output).toEqual({
      packets: 3,
      values: {
        'ip.src': { '10.0.0.1': 1, '10.0.0.2': 1, '10.0.0.3': 1 },
        'bgp.type': { '4': 2 },
      },
      more: 0,
    });
  });

  test('says how many there were', async () => {
    const { drift } = await matched(few, { filter: 'tcp.port == 40000', least: 5 });
    expect(drift).toMatch(/: 2 packets match, not 5 or more$/);
    const most = await matched(few, { filter: 'tcp', least: 0, most: 1 });
    expect(most.drift).toMatch(/: 3 packets match, not 0 to 1$/);
  });

  const cut = few.subarray(0, few.length - 10);
  for (const [title, content, filter, script, code, message] of [
    ['a file that is not there', few, 'tcp', `rm ${copies}/it`, 'not-found', /cannot be read/],
    ['a filter that is none', few, 'tcp ==', ':', 'check-failed', /filter|end/i],
    ['a field that is none', few, 'no.such == 1', ':', 'check-failed', /must be a field/],
    ['another format', Buffer.from('root:x:0:0'), 'tcp', ':', 'check-failed', /isn't a capture/],
    ['a capture that was cut off', cut, 'tcp', ':', 'check-failed', /cut short/],
  ] as const) {
    test(`${title} is refused for good`, async () => {
      await expect(matched(content, { filter }, script)).rejects.toMatchObject({
        code,
        class: 'permanent',
        message: expect.stringMatching(message),
      });
    });
  }

  test('a field that is not known is refused, and named', async () => {
    await expect(matched(few, { filter: 'tcp', fields: ['no.such'] })).rejects.toMatchObject({
      code: 'check-failed',
      message: expect.stringContaining('no.such'),
    });
  });

  test('reads what strangers have sent as nobody', async () => {
    // The program in the place of tshark tells who it is, in the words of tshark.
    const who = `printf '#!/bin/sh\\nprintf "[{\\\\"_source\\\\":{\\\\"layers\\\\":{\\\\"f\\\\":[\\\\"%%s\\\\"]}}}]" "$(id -u):$(id -g):$(id -G):$HOME"\\n' > /usr/local/bin/tshark; chmod 755 /usr/local/bin/tshark`;
    const { output } = await matched(few, { filter: 'tcp', fields: ['f'] }, who);
    expect(output).toMatchObject({ values: { f: { '65534:65534:65534:/nonexistent': 1 } } });
  });

  test('bounds that exclude each other are refused', async () => {
    await expect(matched(few, { filter: 'tcp', least: 2, most: 1 })).rejects.toMatchObject({
      code: 'input-invalid',
    });
  });
});

describe('what tshark says', () => {
  plain('is refused where it is not of its kind', () => {
    for (const text of ['', '{}', '[{"_source":{}}]', 'tshark: no']) {
      expect(() => parseMatches(text)).toThrow('did not answer as version 4.0 does');
    }
    expect(parseMatches('[]')).toEqual([]);
  });

  plain('is told as far as it fits, the most frequent values first', () => {
    const packets = Array.from({ length: 500 }, (_, at) => ({
      a: [`10.0.${at >> 8}.${at & 255}`],
      b: [at % 3 === 0 ? 'x' : 'y'],
    }));
    const { values, more } = valuesOf(packets, ['a', 'b'], (kept) => jsonBytes(kept) <= 300);
    expect(values['b']).toEqual({ y: 333, x: 167 });
    expect(Object.keys(values['a'] ?? {}).length + more).toBe(500);
    expect(jsonBytes(values)).toBeLessThanOrEqual(300);
  });
});
