import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { failureOf } from '../../../plugins/http/curl.js';
import { httpProbe } from '../../../plugins/http/probe.js';
import { attempt } from '../../laws/attempt.js';
import { laws, type LawCase } from '../../laws.js';
import { needs } from '../../needs.js';
import { localTarget } from '../../targets/local.js';

const test = needs({ commands: ['curl'] });

let server: Server;
let url = '';
let connections = 0;
/** Headers of the last request. */
let asked: Record<string, unknown> = {};

function port(listening: { address(): unknown }): number {
  return (listening.address() as AddressInfo).port;
}

beforeAll(async () => {
  server = createServer((request, response) => {
    asked = request.headers;
    const path = request.url ?? '/';
    if (path === '/slow') return;
    if (path === '/moved') response.writeHead(301, { location: '/nowhere' }).end();
    else if (path === '/missing') response.writeHead(404).end('no such page');
    else if (path === '/large') response.end('x'.repeat(200_000));
    else if (path === '/broken') {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    } else response.end(`hello from ${path}\n`);
  });
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${port(server)}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function probe(input: object, target = localTarget()) {
  const world = { target, input, cleanup: () => Promise.resolve() };
  return attempt(httpProbe, world).check();
}

function situation(title: string, input: () => object, finds: LawCase['finds']): LawCase {
  return {
    title,
    arrange: () =>
      Promise.resolve({
        target: localTarget(),
        input: input(),
        cleanup: () => Promise.resolve(),
      }),
    ...(finds === undefined ? {} : { finds }),
    volatile: ['durationMs'],
  };
}

laws(httpProbe, {
  test,
  cases: [
    situation('a right answer', () => ({ url }), 'nothing'),
    situation('a large answer', () => ({ url: `${url}/large` }), 'nothing'),
    situation('a wrong status', () => ({ url: `${url}/missing` }), 'drift'),
    situation('nobody listens', () => ({ url: 'http://127.0.0.1:1/' }), 'drift'),
  ],
  bad: [
    { title: 'no URL', input: {} },
    { title: 'another protocol', input: { url: 'file:///etc/passwd' } },
    { title: 'an option for a URL', input: { url: '--help' } },
    { title: 'a newline in the URL', input: { url: 'http://a/\nb' } },
    { title: 'blanks around the URL', input: { url: ' http://a/ ' } },
    { title: 'a URL without a host', input: { url: 'http://?' } },
    { title: 'an unknown status', input: { url: 'http://a/', expect: { status: 99 } } },
    { title: 'a time-out without unit', input: { url: 'http://a/', timeout: '2' } },
    { title: 'a time-out of nothing', input: { url: 'http://a/', timeout: '0ms' } },
    { title: 'calls without pause', input: { url: 'http://a/', every: '1ms' } },
  ],
});

describe('http.probe', () => {
  test('tells status, time and the beginning of the answer', async () => {
    const { drift, output, before } = await probe({ url: `${url}/page` });
    expect({ drift, before }).toEqual({ drift: null, before: null });
    expect(output).toEqual({
      status: 200,
      durationMs: expect.any(Number),
      body: 'hello from /page\n',
    });
  });

  test('cuts a large answer', async () => {
    const { output } = await probe({ url: `${url}/large` });
    expect((output as { body: string }).body).toMatch(/^x{240,256}…$/);
  });

  test('makes a new connection for each call, without settings or proxy of the user', async () => {
    const before = connections;
    const target = localTarget();
    const through: typeof target = {
      ...target,
      run: (command, args, options) =>
        target.run(command, args, {
          ...options,
          env: { http_proxy: 'http://127.0.0.1:1', HOME: '/nonexistent' },
        }),
    };
    expect((await probe({ url }, through)).drift).toBeNull();
    expect((await probe({ url }, through)).drift).toBeNull();
    expect(connections).toBe(before + 2);
    expect(asked['user-agent']).toMatch(/^curl\//);
  });

  test('takes the URL as it is', async () => {
    const { output } = await probe({ url: `${url}/a[1-3]{b,c}?x=1&y=$(id)%20'` });
    expect((output as { body: string }).body).toBe("hello from /a[1-3]{b,c}?x=1&y=$(id)%20'\n");
  });

  test('does not follow redirects', async () => {
    expect((await probe({ url: `${url}/moved` })).output).toMatchObject({ status: 301 });
    const { drift } = await probe({ url: `${url}/moved`, expect: { status: 200 } });
    expect(drift).toBe(`${url}/moved: status 301 instead of 200`);
  });

  test('a wrong status is drift, unless it is the one wanted', async () => {
    const missing = `${url}/missing`;
    expect((await probe({ url: missing })).drift).toMatch(/status 404 instead of 200–399/);
    expect((await probe({ url: missing, expect: { status: [403, 404] } })).drift).toBeNull();
    expect((await probe({ url, expect: { status: [403, 404] } })).drift).toMatch(
      /status 200 instead of 403, 404/,
    );
  });

  test('an answer without the wanted text is drift', async () => {
    expect((await probe({ url, expect: { bodyIncludes: 'hello' } })).drift).toBeNull();
    expect((await probe({ url, expect: { bodyIncludes: 'world' } })).drift).toMatch(
      /does not hold 'world'/,
    );
  });

  test('a refused connection is drift', async () => {
    const { drift, output } = await probe({ url: 'http://127.0.0.1:1/' });
    expect(drift).toMatch(/^http:\/\/127\.0\.0\.1:1\/: connection refused or unreachable \(/);
    expect(output).toMatchObject({ status: null, body: '' });
  });

  test('no answer in time is drift', async () => {
    const { drift } = await probe({ url: `${url}/slow`, timeout: '150ms' });
    expect(drift).toMatch(/no answer in time/);
  });

  test('an unknown name is drift', async () => {
    const { drift } = await probe({ url: 'http://nobody.invalid/', timeout: '10s' });
    expect(drift).toMatch(/the name cannot be resolved/);
  });

  test('an answer that breaks off is drift', async () => {
    expect((await probe({ url: `${url}/broken` })).drift).toMatch(/broke off|was reset/);
  });

  test('a service that does not speak HTTP or TLS is drift', async () => {
    const babble = createTcpServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.resume();
      socket.end('220 mail\r\n');
    });
    await new Promise<void>((resolve) => babble.listen(0, '127.0.0.1', resolve));
    try {
      const address = `127.0.0.1:${port(babble)}`;
      expect((await probe({ url: `http://${address}/` })).drift).not.toBeNull();
      expect((await probe({ url: `https://${address}/` })).drift).toMatch(/TLS|reset/);
    } finally {
      await new Promise((resolve) => babble.close(resolve));
    }
  });

  test('waits are polled, and hold when it answers', async () => {
    const late = createServer((_request, response) => response.end('up'));
    await new Promise<void>((resolve) => late.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${port(late)}/`;
    const { drift } = await probe({ url: address });
    await new Promise((resolve) => late.close(resolve));
    expect([drift, (await probe({ url: address })).drift]).toEqual([
      null,
      expect.stringContaining('refused'),
    ]);
  });
});

describe('http.probe, whatever the machine', () => {
  test('the interval of a probe comes from its input', () => {
    const input = httpProbe.input.parse({ url: 'http://a/', every: '100ms' });
    expect(httpProbe.every?.(input)).toBe(100);
    expect(httpProbe.every?.(httpProbe.input.parse({ url: 'http://a/' }))).toBe(1000);
  });

  test('a curl that is too old, or fails for its own reasons, is an error', async () => {
    const answer = (exitCode: number, stderr: string) => ({
      ...localTarget(),
      run: () => Promise.resolve({ exitCode, stdout: '', stderr, truncated: false, durationMs: 1 }),
    });
    await expect(
      probe({ url: 'http://a/' }, answer(0, 'curl: unknown --write-out variable')),
    ).rejects.toMatchObject({ code: 'check-failed', class: 'transient' });
    await expect(
      probe({ url: 'http://a/' }, answer(77, '{"http_code":0,"errormsg":"no CA file"}')),
    ).rejects.toMatchObject({ code: 'check-failed', class: 'permanent' });
  });

  for (const [exitCode, said, told] of [
    [
      7,
      "Failed to connect to 172.16.1.1 port 81 after 12 ms: Couldn't connect to server",
      "connection refused or unreachable (Failed to connect to 172.16.1.1 port 81: Couldn't connect to server)",
    ],
    [
      28,
      'Operation timed out after 1002 milliseconds with 0 bytes received',
      'no answer in time (Operation timed out with 0 bytes received)',
    ],
  ] as const) {
    test(`the same fault reads the same, however long it took (${exitCode})`, () => {
      expect(failureOf(exitCode, said)).toBe(told);
    });
  }

  test('a missing curl is a missing tool', async () => {
    const target = localTarget();
    const without = {
      ...target,
      run: (_command: string, ...more: [readonly string[], object?]) =>
        target.run('curl-that-is-not-there', ...more),
    };
    await expect(probe({ url: 'http://a/' }, without)).rejects.toMatchObject({
      code: 'tool-missing',
    });
  });
});
