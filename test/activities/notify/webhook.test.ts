import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { post } from '../../../activities/notify/webhook.js';
import type { Limit } from '../../../activities/notify/limit.js';
import type { Webhook } from '../../../core/definition/notify.js';
import { HttpReceiver } from './receiver.js';

let receiver: HttpReceiver;
beforeEach(async () => {
  receiver = await HttpReceiver.start();
});
afterEach(() => receiver.down());

const patient = (ms = 10_000): Limit => ({ signal: new AbortController().signal, ms });
const environment = { AUTH: 'Bearer s3cr3t-value\n', EMPTY: '' };

function send(webhook: Partial<Webhook> = {}, limit = patient()): Promise<void> {
  return post('{"id":"e-1"}', { url: receiver.url, ...webhook }, environment, limit);
}

test('an event is posted as structured JSON, with the headers of the settings', async () => {
  await send({ headers: { Authorization: { env: 'AUTH' }, 'X-Team': 'platform' } });
  expect(receiver.deliveries).toMatchObject([
    {
      method: 'POST',
      path: '/hook',
      event: { id: 'e-1' },
      headers: {
        'content-type': 'application/cloudevents+json',
        authorization: 'Bearer s3cr3t-value',
        'x-team': 'platform',
      },
    },
  ]);
});

test.each([500, 404, 302])('an answer of %d is no delivery', async (status) => {
  receiver.answers.push(status);
  await expect(send()).rejects.toMatchObject({
    code: 'not-delivered',
    class: 'transient',
    message: `${new URL(receiver.url).origin} answered ${status}`,
  });
  // A redirect is not followed: the headers were meant for this address.
  expect(receiver.deliveries).toHaveLength(1);
});

test('one that takes the event and never answers is left after the limit of a try', async () => {
  receiver.answers.push(0);
  await expect(send({}, patient(300))).rejects.toMatchObject({
    code: 'not-delivered',
    message: expect.stringContaining('no answer within 0.3 s'),
  });
  expect(receiver.deliveries).toHaveLength(1);
});

test('a worker that stops ends the try with its own reason', async () => {
  receiver.answers.push(0);
  const stop = new AbortController();
  const sending = send({}, { signal: stop.signal, ms: 60_000 });
  const settled = sending.catch((error: unknown) => error);
  while (receiver.deliveries.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  stop.abort(new Error('WORKER_SHUTDOWN'));
  expect(await settled).toMatchObject({ message: 'WORKER_SHUTDOWN' });
});

test('one that is away, or of an unknown name, is told in words', async () => {
  await receiver.down();
  await expect(send()).rejects.toMatchObject({
    code: 'not-delivered',
    message: expect.stringContaining('ECONNREFUSED'),
  });
  await expect(send({ url: 'http://receiver.invalid/hook' })).rejects.toMatchObject({
    code: 'not-delivered',
    message: expect.stringMatching(/^http:\/\/receiver\.invalid: /),
  });
});

test('a secret that is missing or cannot be sent fails the try, and is never shown', async () => {
  await expect(send({ headers: { Authorization: { env: 'EMPTY' } } })).rejects.toMatchObject({
    message: 'the environment variable EMPTY is not set where the worker runs',
    hint: 'set EMPTY and start the worker again',
  });
  const odd = { url: { env: 'URL' }, headers: { 'X-Key': { env: 'KEY' } } };
  const failures = await Promise.all(
    [
      { URL: 'not-a-web-address-s3cr3t', KEY: 'k' },
      { URL: receiver.url, KEY: 's3cr3t\r\nX-Other: y' },
      { URL: 'http://receiver.invalid/s3cr3t', KEY: 's3cr3t' },
    ].map((env) => post('{}', odd, env, patient()).then(String, String)),
  );
  expect(failures).toHaveLength(3);
  for (const failure of failures) {
    expect(failure).toContain('RunbookError');
    expect(failure).not.toContain('s3cr3t');
  }
  expect(receiver.deliveries).toEqual([]);
});
