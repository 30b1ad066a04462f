import { describe, expect, test } from '@jest/globals';
import { createRedactor } from '../../../activities/log/redact.js';
import { veilAnswer, veilError, veilPulse } from '../../../activities/secrets/veil.js';
import { PermanentError } from '../../../core/errors.js';
import { excerpt } from '../../../core/excerpt.js';
import type { VerbAnswer } from '../../../core/run/engine.js';

const secret = 'correct horse battery staple';
const redactor = createRedactor([secret]);
const answer: VerbAnswer = {
  drift: `password is ${secret}`,
  before: { mode: '0600' },
  output: { stdout: secret, [secret]: [1, { deep: Buffer.from(secret).toString('base64') }] },
  resource: `file/${secret}`,
  tries: 1,
};

test('an answer is shown without secrets', () => {
  expect(veilAnswer('linux.command', answer, redactor)).toEqual({
    drift: 'password is ***',
    before: { mode: '0600' },
    output: { stdout: '***', '***': [1, { deep: '***' }] },
    resource: 'file/***',
    tries: 1,
  });
});

test('an answer whose before holds a secret is refused', () => {
  const before = { found: [{ stdout: `x ${encodeURIComponent(secret)}` }] };
  expect(() => veilAnswer('linux.command', { ...answer, before }, redactor)).toThrow(
    expect.objectContaining({ code: 'secret-exposed', class: 'permanent' }),
  );
});

test('what an excerpt has left of a secret is removed as well', () => {
  const drift = excerpt(`the file holds ${secret}`, 35);
  expect(drift).toBe('the file holds correct horse bat…');
  expect(veilPulse({ drift }, redactor)).toEqual({ drift: 'the file holds ***…' });
});

describe('an error is told without secrets', () => {
  test('in its message, hint, stack and causes', () => {
    const cause = new Error(`from ${secret}`);
    const error = new PermanentError('action-failed', `it said ${secret}`, {
      hint: `try ${secret}`,
      cause,
    });
    veilError(error, redactor);
    expect(error).toMatchObject({ message: 'it said ***', hint: 'try ***', code: 'action-failed' });
    expect(cause.message).toBe('from ***');
    expect(`${error.stack ?? ''}${cause.stack ?? ''}`).not.toContain(secret);
  });

  test('also where it is none of ours, or nothing at all', () => {
    const strange = Object.freeze({ message: 'frozen' });
    for (const thrown of [strange, null, undefined, 'text']) veilError(thrown, redactor);
    const circle = new TypeError(secret);
    circle.cause = circle;
    veilError(circle, redactor);
    expect(circle.message).toBe('***');
  });
});
