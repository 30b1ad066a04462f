import { expect, test } from '@jest/globals';
import { PermanentError, RunbookError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { linuxSilent } from '../../../plugins/linux/silent.js';
import { attempt } from '../../laws/attempt.js';
import { laws, type LawCase } from '../../laws.js';
import { localTarget } from '../../targets/local.js';

/** A machine that answers every command with a failure, or with none. */
function machine(cause: Error | null): Target {
  return { ...localTarget('h1'), ...(cause === null ? {} : { run: () => Promise.reject(cause) }) };
}

function situation(title: string, cause: Error | null, finds: 'nothing' | 'drift'): LawCase {
  const target = machine(cause);
  const cleanup = (): Promise<void> => Promise.resolve();
  return { title, finds, arrange: () => Promise.resolve({ target, input: {}, cleanup }) };
}

const off = new RunbookError('unreachable', 'h1 (192.0.2.1 port 22): no login within 5 s');
const frozen = new RunbookError('command-timeout', 'h1: true did not end within 10 s');

laws(linuxSilent, {
  cases: [
    situation('off', off, 'nothing'),
    situation('frozen', frozen, 'nothing'),
    situation('alive', null, 'drift'),
  ],
  bad: [{ title: 'an unknown field', input: { host: 'h1' } }],
});

const check = (cause: Error | null) =>
  attempt(linuxSilent, {
    target: machine(cause),
    input: {},
    cleanup: () => Promise.resolve(),
  }).check();

test('it tells why, and who answers is named', async () => {
  expect(await check(off)).toMatchObject({ drift: null, output: { why: off.message } });
  expect(await check(null)).toMatchObject({ drift: 'h1 answers', output: { why: null } });
});

test('a refused login, or another host key, is an answer', async () => {
  const changed = new PermanentError('host-key-changed', 'h1 shows another key');
  await expect(check(changed)).rejects.toMatchObject({ code: 'host-key-changed' });
  const refused = new PermanentError('login-failed', 'h1 refuses the key');
  await expect(check(refused)).rejects.toMatchObject({ code: 'login-failed' });
});
