import { describe, expect } from '@jest/globals';
import { capturePackets } from '../../../plugins/capture/packets.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';
import { emptied, file, looked, taken } from './captures.js';

const test = needs(sandboxNeeds);
/** In the place of tcpdump, which a real interface needs: the lab has it. This one takes one packet, and ends. */
const tcpdump = `cat > /usr/local/bin/tcpdump <<'X'
#!/bin/sh
while [ $# -gt 0 ]; do case $1 in -w) out=$2; shift ;; -i) nic=$2; shift ;; esac; shift; done
[ "$nic" != nosuch0 ] || { echo "tcpdump: nosuch0: No such device exists" >&2; exit 1; }
echo ${file} | base64 -d > "$out"
[ "$nic" != slow0 ] || sleep 30
printf '1 packet captured\\n3 packets received by filter\\n2 packets dropped by kernel\\n' >&2
X
chmod 755 /usr/local/bin/tcpdump`;
const clean = `${emptied}\nrm -f /usr/local/bin/tcpdump\n${tcpdump}`;
const stage = createStage(clean, looked);

laws(capturePackets, {
  test,
  cases: [
    stage.situation('nothing there yet', ':', { name: 'one' }),
    stage.situation('one of that name', taken, { name: 'one' }, { finds: 'nothing' }),
  ],
  bad: [
    { title: 'a path as a name', input: { name: '../x' } },
    { title: 'an option as an interface', input: { name: 'a', interface: '-w' } },
    { title: 'an option as a filter', input: { name: 'a', filter: ['-w', '/etc/passwd'] } },
    { title: 'no end', input: { name: 'a', duration: '11m' } },
    { title: 'too much', input: { name: 'a', packets: 100_000, snaplen: 1500 } },
    { title: 'an unknown field', input: { name: 'a', count: 3 } },
  ],
});

async function on(input: object, action: typeof capturePackets, script = ':') {
  const { sh, open } = await stage.sandbox();
  await sh(`${clean}\n${script}`);
  return attempt(action, { target: open, input, cleanup: () => Promise.resolve() });
}

describe('capture.packets', () => {
  test('the counters are told, and what is dropped', async () => {
    const step = await on({ name: 'one' }, capturePackets);
    const { before } = await step.check();
    await step.apply(before);
    expect((await step.check()).output).toMatchObject({ packets: 1, dropped: 2 });
  });

  test('it ends when its time is up', async () => {
    const step = await on({ name: 'one', interface: 'slow0', duration: '1s' }, capturePackets);
    const { before } = await step.check();
    await step.apply(before);
    expect((await step.check()).drift).toBeNull();
  });

  const refused: readonly (readonly [string, object, string, RegExp])[] = [
    ['an interface that is not there', { interface: 'nosuch0' }, ':', /No such device exists/],
    ['no room', { minFree: 1_048_576 }, ':', /less than 1048576 MiB are free/],
    ['no tcpdump', {}, 'rm /usr/local/bin/tcpdump', /there is no tcpdump/],
  ];
  for (const [title, more, script, message] of refused) {
    test(title, async () => {
      const step = await on({ name: 'one', ...more }, capturePackets, script);
      const { before } = await step.check();
      await expect(step.apply(before)).rejects.toMatchObject({
        class: 'permanent',
        message: expect.stringMatching(message),
      });
      expect((await step.check()).drift).not.toBeNull();
    });
  }

  test('one at a time', async () => {
    const step = await on({ name: 'one' }, capturePackets);
    const { before } = await step.check();
    const { sh } = await stage.sandbox();
    const held = sh('flock /run/runbook-capture.lock sleep 2');
    await sh('until ! flock -n /run/runbook-capture.lock true; do sleep 0.05; done');
    await expect(step.apply(before)).rejects.toMatchObject({
      message: expect.stringContaining('another capture is under way'),
    });
    await held;
  });
});
