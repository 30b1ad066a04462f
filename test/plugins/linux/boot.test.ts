import { expect, test } from '@jest/globals';
import { linuxBoot } from '../../../plugins/linux/boot.js';
import type { Target } from '../../../core/target.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { localTarget } from '../../targets/local.js';

laws(linuxBoot, {
  test: needs({ linux: true }),
  cases: [
    {
      title: 'this machine',
      finds: 'nothing',
      arrange: () =>
        Promise.resolve({ target: localTarget(), input: {}, cleanup: () => Promise.resolve() }),
    },
  ],
  bad: [{ title: 'an unknown field', input: { host: 'a' } }],
});

test('what is no identity is not taken for one', async () => {
  const target: Target = {
    ...localTarget('h1'),
    run: () =>
      Promise.resolve({
        exitCode: 0,
        stdout: 'Last login: today\n',
        stderr: '',
        truncated: false,
        durationMs: 1,
      }),
  };
  await expect(
    attempt(linuxBoot, { target, input: {}, cleanup: () => Promise.resolve() }).check(),
  ).rejects.toMatchObject({
    code: 'check-failed',
    class: 'permanent',
    message: "h1: its boot id is not one: 'Last login: today'",
  });
});
