import { describe, expect, test } from '@jest/globals';
import type { Target } from '../../../../core/target.js';
import { compareAndSet } from '../../../../plugins/kube/api/compare-and-set.js';
import { recorded } from '../fixture.js';

/** A cluster that answers so many times that somebody else was quicker. */
function busy(times: number, then = ''): { target: Target; commands: string[] } {
  const commands: string[] = [];
  const target: Target = {
    name: 'lab',
    kind: 'cluster',
    cluster: 'lab',
    address: null,
    vars: {},
    run: (command, args) => {
      commands.push([command, ...args].join(' '));
      const stderr = commands.length <= times ? recorded('kubectl/patch-conflict.err') : then;
      const exitCode = stderr === '' ? 0 : 1;
      return Promise.resolve({ exitCode, stdout: '', stderr, truncated: false, durationMs: 1 });
    },
    json: () => Promise.reject(new Error('not used')),
  };
  return { target, commands };
}

describe('changes against others', () => {
  test('are tried on what is there now, each time anew', async () => {
    const { target, commands } = busy(2);
    let version = 0;
    await compareAndSet(
      target,
      'set',
      () => Promise.resolve((version += 1)),
      (found) => ['patch', `v${found}`],
    );
    expect(commands).toEqual(['kubectl patch v1', 'kubectl patch v2', 'kubectl patch v3']);
  });

  test('end when the others have done the same', async () => {
    const { target, commands } = busy(9);
    let looks = 0;
    await compareAndSet(
      target,
      'set',
      () => Promise.resolve((looks += 1)),
      (found) => (found === 3 ? null : ['patch']),
    );
    expect(commands).toHaveLength(2);
  });

  test('give up after five times, to be tried again later', async () => {
    const { target, commands } = busy(9);
    const trying = compareAndSet(
      target,
      'cordon n',
      () => Promise.resolve(0),
      () => ['patch'],
    );
    await expect(trying).rejects.toMatchObject({ code: 'action-failed', class: 'transient' });
    expect(commands).toHaveLength(5);
  });

  test('fail with what the API server refuses', async () => {
    const { target } = busy(1, recorded('kubectl/get-notfound.err'));
    const trying = compareAndSet(
      target,
      'cordon n',
      () => Promise.resolve(0),
      () => ['patch'],
    );
    await expect(trying).rejects.toMatchObject({ code: 'refused', class: 'permanent' });
  });
});
