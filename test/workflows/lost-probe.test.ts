import { describe, expect, test } from '@jest/globals';
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { lastWord } from '../../workflows/lost-probe.js';

const counts = { sent: 12, failed: 1, longestGapMs: 300, lastFailure: 'refused' };

function lost(cause: Error): ActivityFailure {
  return new ActivityFailure('lost', 'http.probe.probe', 'service', 'TIMEOUT', 'w', cause);
}

describe('a probe that was stopped after its worker was lost', () => {
  test('has counted what it last said', () => {
    const error = lost(
      new TimeoutFailure('heartbeat', { drift: null, probe: counts }, 'HEARTBEAT'),
    );
    expect(lastWord(error)).toMatchObject({ drift: null, probe: counts });
  });

  test('of which nothing was heard is a failure, as any other is', () => {
    expect(lastWord(lost(new TimeoutFailure('heartbeat', undefined, 'HEARTBEAT')))).toBeNull();
    expect(lastWord(lost(ApplicationFailure.create({ message: 'no' })))).toBeNull();
    expect(lastWord(new Error('no'))).toBeNull();
  });
});
