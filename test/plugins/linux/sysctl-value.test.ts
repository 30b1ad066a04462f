import { expect } from '@jest/globals';
import { linuxSysctlValue } from '../../../plugins/linux/sysctl-value.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';

const test = needs(sandboxNeeds);
const range = 'net.ipv4.ip_local_port_range';
const stage = createStage(
  "printf '10240\\t65000' > /proc/sys/net/ipv4/ip_local_port_range",
  'cat /proc/sys/net/ipv4/ip_local_port_range',
);

laws(linuxSysctlValue, {
  test,
  cases: [stage.situation('several numbers', ':', { key: range }, { finds: 'nothing' })],
  bad: [
    { title: 'a path', input: { key: '/proc/sys/net/ipv4/ip_forward' } },
    { title: 'a way upwards', input: { key: 'net/../kernel/hostname' } },
    { title: 'a single word', input: { key: 'net' } },
  ],
});

async function on(key: string) {
  const { open } = await stage.sandbox();
  return attempt(linuxSysctlValue, {
    target: open,
    input: { key },
    cleanup: () => Promise.resolve(),
  });
}

test('both spellings are the same parameter', async () => {
  const wanted = { name: range, value: '10240 65000' };
  expect((await (await on(range)).check()).output).toEqual(wanted);
  expect((await (await on('net/ipv4/ip_local_port_range')).check()).output).toEqual(wanted);
});

test('a parameter that the kernel does not have is refused for good', async () => {
  await expect((await on('net.ipv4.no_such_key')).check()).rejects.toMatchObject({
    code: 'refused',
    class: 'permanent',
  });
});
