import { describe, expect, test } from '@jest/globals';
import type { Target } from '../../../core/target.js';
import { nspawnUsable } from '../../../plugins/nspawn/usable.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';

const fine = 'user 0\nmemory 8000\ngroups tmpfs\ndelegate yes\n';

/** A host whose preflight prints this. */
function hostThat(stdout: string): Target {
  const result = { exitCode: 0, stdout, stderr: '', truncated: false, durationMs: 1 };
  return {
    name: 'host',
    kind: 'host',
    cluster: null,
    address: null,
    vars: {},
    run: () => Promise.resolve(result),
    json: () => Promise.reject(new Error('not used')),
  };
}

const world = (stdout: string, input: object = {}) => ({
  target: hostThat(stdout),
  input,
  cleanup: () => Promise.resolve(),
});

laws(nspawnUsable, {
  cases: [
    {
      title: 'a host that can',
      finds: 'nothing',
      arrange: () => Promise.resolve(world(fine)),
    },
  ],
  bad: [{ title: 'less than no memory', input: { requires: { memory: -1 } } }],
});

describe('what stands in the way is drift', () => {
  const drift = async (stdout: string, input?: object) =>
    (await attempt(nspawnUsable, world(stdout, input)).check()).drift;

  test('a tool that is missing, a user who is not root, too little memory', async () => {
    expect(await drift(`${fine}missing systemd-nspawn\n`)).toBe('host: there is no systemd-nspawn');
    expect(await drift(fine.replace('user 0', 'user 1000'))).toBe('host: a lab is made by root');
    expect(await drift(fine, { requires: { memory: 9000 } })).toBe(
      'host: 8000 MiB of memory are available, 9000 are needed',
    );
  });
});
