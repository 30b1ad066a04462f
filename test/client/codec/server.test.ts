import { once } from 'node:events';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCodecServer } from '../../../client/codec/server.js';
import { createCodec } from '../../../core/codec/codec.js';
import { newKey, parseKeys } from '../../../core/codec/keys.js';

const origin = 'http://127.0.0.1:20001';
const codec = createCodec(parseKeys(newKey('k'), 'x'));
let server: Server;
let port: number;
beforeAll(async () => {
  server = createCodecServer({ codec, origins: [origin, 'http://localhost:20001'] });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => void server.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

function ask(
  method: string,
  path: string,
  body: string,
  headers: Record<string, string> = { origin },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = {
  payloads: [
    { metadata: { encoding: base64('json/plain') }, data: base64('"canary"') },
    { metadata: { encoding: base64('binary/null') } },
  ],
};

test('what is encoded comes back, below whatever path', async () => {
  const sealed = await ask('POST', '/encode', JSON.stringify(plain));
  expect(sealed.status).toBe(200);
  expect(sealed.headers).toMatchObject({
    'access-control-allow-origin': origin,
    'content-type': 'application/json',
  });
  expect(sealed.text).not.toContain(base64('"canary"'));
  const back = await ask('POST', '/runbook/decode', sealed.text);
  expect(JSON.parse(back.text)).toMatchObject(plain);
  expect((await ask('POST', '/decode', JSON.stringify(plain), {})).status).toBe(200);
  expect(JSON.parse((await ask('POST', '/decode', '{}')).text)).toEqual({ payloads: [] });
});

test('a browser that asks first is told what the Web UI may send', async () => {
  const { status, headers } = await ask('OPTIONS', '/decode', '', {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type,x-namespace',
    'access-control-request-private-network': 'true',
  });
  expect(status).toBe(204);
  expect(headers).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-headers': 'content-type,x-namespace',
    'access-control-allow-private-network': 'true',
  });
});

describe('refused is', () => {
  const other = { origin: 'http://evil.example' };
  test.each([
    ['a page of another origin', 403, 'POST', '/decode', '{}', other],
    ['its question before', 403, 'OPTIONS', '/decode', '', other],
    ['another name of this machine', 403, 'POST', '/decode', '{}', { host: 'evil.example' }],
    ['another path', 404, 'POST', '/', '{}', {}],
    ['another method', 405, 'GET', '/decode', '', {}],
    ['what is no JSON', 400, 'POST', '/decode', 'x', {}],
    ['what is no payload', 400, 'POST', '/decode', '{"payloads":[{"data":"%"}]}', {}],
  ])('%s', async (_, status, method, path, body, headers) => {
    const answer = await ask(method, path, body, headers);
    expect(answer.status).toBe(status);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  test('what another key has encrypted, by its name', async () => {
    const [sealed] = await createCodec(parseKeys(newKey('other'), 'x')).encode([{}]);
    const metadata = Object.fromEntries(
      Object.entries(sealed?.metadata ?? {}).map(([name, bytes]) => [
        name,
        Buffer.from(bytes).toString('base64'),
      ]),
    );
    const body = JSON.stringify({ payloads: [{ metadata, data: '' }] });
    const answer = await ask('POST', '/decode', body);
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining("key 'other'") });
  });
});
