import { describe, expect, test } from '@jest/globals';
import { RunbookError } from '../../../core/errors.js';
import type { CommandResult, Target } from '../../../core/target.js';
import { linuxRebooted } from '../../../plugins/linux/rebooted.js';
import { attempt } from '../../laws/attempt.js';
import { laws, type LawCase } from '../../laws.js';

const boots = ['3b6f1c1e-6f0a-4f5e-9a53-0a4d1a2b3c4d', '7c0f6d52-2f35-4b8a-8a4e-6d1f5e3c2b1a'];
const from = boots[0] ?? '';

/** A machine that boots anew when it is told to, and may break the connection on its way down. */
function machine(breaks = false): { target: Target; reboots: () => number } {
  let boot = 0;
  const run = (command: string): Promise<CommandResult> => {
    const told = (stdout: string): Promise<CommandResult> =>
      Promise.resolve({ exitCode: 0, stdout, stderr: '', truncated: false, durationMs: 1 });
    if (command === 'cat') return told(`${boots[boot] ?? ''}\n`);
    boot += 1;
    return breaks ? Promise.reject(new RunbookError('unreachable', 'connection lost')) : told('');
  };
  const target: Target = {
    name: 'h1',
    kind: 'host',
    cluster: null,
    address: null,
    vars: {},
    run,
    json: () => Promise.reject(new Error('not used')),
  };
  return { target, reboots: () => boot };
}

function situation(title: string, input: object, more: Partial<LawCase> = {}): LawCase {
  return {
    title,
    arrange: () => {
      const { target, reboots } = machine();
      return Promise.resolve({
        target,
        input,
        snapshot: () => Promise.resolve(reboots()),
        cleanup: () => Promise.resolve(),
      });
    },
    ...more,
  };
}

laws(linuxRebooted, {
  cases: [
    situation('still in that boot', { from }),
    situation('in another boot', { from: boots[1] }, { finds: 'nothing' }),
  ],
  bad: [
    { title: 'no boot', input: {} },
    { title: 'what is no identity', input: { from: 'yesterday' } },
    { title: 'an unknown field', input: { from, force: true } },
  ],
});

describe('a reboot', () => {
  test('that breaks the connection is one all the same', async () => {
    const { target, reboots } = machine(true);
    const step = attempt(linuxRebooted, {
      target,
      input: { from },
      cleanup: () => Promise.resolve(),
    });
    const { before, drift } = await step.check();
    expect(drift).toBe(`still in the boot ${from}`);
    await step.apply(before);
    expect((await step.check()).drift).toBeNull();
    expect(reboots()).toBe(1);
  });
});
