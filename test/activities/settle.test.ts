import { describe, expect, test } from '@jest/globals';
import { untilSeen, type Settling } from '../../activities/settle.js';
import { PermanentError, RunbookError } from '../../core/errors.js';

/** Sleeps take no time; what was told and how long was slept is kept. */
function settling(timeoutMs: number): Settling & { told: string[]; slept: number[] } {
  const told: string[] = [];
  const slept: number[] = [];
  return {
    timeoutMs,
    everyMs: 100,
    report: (missing) => void told.push(missing),
    sleep: (ms) => {
      slept.push(ms);
      return Promise.resolve();
    },
    told,
    slept,
  };
}

/** Answers one after the other: what is missing, null, or what is thrown. */
function looks(...answers: (string | null | Error)[]): () => Promise<string | null> {
  return async () => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    return answer ?? null;
  };
}

describe('looking until nothing is missing', () => {
  test('ends with the first look that misses nothing', async () => {
    const how = settling(60_000);
    await untilSeen('not-settled', looks('one', 'two', null), how);
    expect(how.told).toEqual(['one', 'two']);
    expect(how.slept).toEqual([100, 100]);
  });

  test('waits faults out that pass', async () => {
    const how = settling(60_000);
    await untilSeen('not-settled', looks(new RunbookError('unreachable', 'away'), null), how);
    expect(how.told).toEqual(['away']);
  });

  test('ends at once with a fault that does not pass, and with an error of another kind', async () => {
    for (const error of [new PermanentError('refused', 'no'), new Error('broken')]) {
      const how = settling(60_000);
      await expect(untilSeen('not-settled', looks(error), how)).rejects.toBe(error);
      expect(how.slept).toEqual([]);
    }
  });

  test('says what is missing when the time is over, with the code of what was waited for', async () => {
    for (const [code, words] of [
      ['wait-timeout', 'not so within 0.05 s: one is missing'],
      ['not-settled', 'done, but not yet seen to be so within 0.05 s: one is missing'],
      ['undo-failed', 'put back, but not yet seen to be so within 0.05 s: one is missing'],
    ] as const) {
      const failing = untilSeen(code, looks('one is missing'), settling(50));
      await expect(failing).rejects.toMatchObject({ code, message: words, class: 'permanent' });
    }
  });

  test('says why nobody could look, where the last look failed', async () => {
    const away = new RunbookError('unreachable', 'away', { hint: 'plug it in' });
    await expect(untilSeen('not-settled', looks(away), settling(50))).rejects.toMatchObject({
      hint: 'nobody could look (unreachable); plug it in',
    });
    const mute = new RunbookError('command-failed', 'away');
    await expect(untilSeen('not-settled', looks(mute), settling(50))).rejects.toMatchObject({
      hint: 'nobody could look (command-failed); see docs/errors/command-failed.md',
    });
  });
});
