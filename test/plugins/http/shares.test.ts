import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { httpShares } from '../../../plugins/http/shares.js';
import { after, parseAnswers } from '../../../plugins/http/shares/answers.js';
import { chiSquare, critical } from '../../../plugins/http/shares/chi-square.js';
import { attempt } from '../../laws/attempt.js';
import { laws, type LawCase } from '../../laws.js';
import { needs } from '../../needs.js';
import { localTarget } from '../../targets/local.js';

/** A service of two backends; the path says who answers. */
let server: Server;
let origin = '';
let turn = 0;
beforeAll(async () => {
  server = createServer((request, response) => {
    turn += 1;
    const who = request.url === '/even' ? turn % 2 : turn % 10 === 0 ? 1 : 0;
    if (request.url === '/gone') response.statusCode = 503;
    response.end(
      `Hostname: web-${who}\nRemoteAddr: ${request.socket.remoteAddress}:${request.socket.remotePort}\n`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});

function situation(
  title: string,
  path: string,
  more: object,
  finds: NonNullable<LawCase['finds']>,
): LawCase {
  return {
    title,
    finds,
    arrange: () =>
      Promise.resolve({
        target: localTarget(),
        input: { url: `${origin}${path}`, calls: 100, backends: 2, ...more },
        cleanup: () => Promise.resolve(),
      }),
  };
}

laws(httpShares, {
  test: needs({ commands: ['curl'] }),
  cases: [
    situation('equal shares', '/even', {}, 'nothing'),
    situation('seen as the caller itself', '/even', { from: ['127.0.0.1'] }, 'nothing'),
    situation('seen as somebody else', '/even', { from: ['192.0.2.1'] }, 'drift'),
    situation('nine of ten to one', '/odd', {}, 'drift'),
    situation('nine of ten to one, as allowed', '/odd', { even: false }, 'nothing'),
    situation('a backend too few', '/even', { backends: 3 }, 'drift'),
    situation('errors', '/gone', {}, 'drift'),
  ],
  bad: [
    { title: 'no URL', input: { backends: 2 } },
    { title: 'a quote in the URL', input: { url: 'http://a/"b', backends: 2 } },
    { title: 'too few calls to tell', input: { url: 'http://a/', backends: 2, calls: 5 } },
    { title: 'a name as the caller', input: { url: 'http://a/', backends: 2, from: ['client'] } },
  ],
});

describe('whether shares are equal', () => {
  // Tables: chi-square, upper 0.1 %.
  test.each([
    [2, 10.83],
    [3, 13.82],
    [4, 16.27],
    [11, 29.59],
  ])('with %i groups up to %d', (groups, value) => {
    expect(critical(groups)).toBeGreaterThanOrEqual(value);
    expect(critical(groups)).toBeLessThan(1.04 * value);
  });

  test('the seed: 36/36/28 is chance, all to one is not', () => {
    expect(chiSquare([36, 36, 28])).toBeCloseTo(1.28, 2);
    expect(chiSquare([36, 36, 28])).toBeLessThan(critical(3));
    expect(chiSquare([100, 0, 0])).toBeGreaterThan(critical(3));
    expect(critical(1)).toBe(0);
  });
});

test('what curl did not write is refused; a line that is not there is none', () => {
  expect(() => parseAnswers('a\u001eb\u001e')).toThrow(TypeError);
  expect(() => parseAnswers('a\u001eb')).toThrow(TypeError);
  expect(parseAnswers('')).toEqual([]);
  expect(after('Host: a\nHostname:  web-1 \n', 'Hostname:')).toBe('web-1');
  expect(after('', 'Hostname:')).toBeNull();
});

test('who answered, how often, and whom they saw', async () => {
  const { drift, output } = await attempt(httpShares, {
    target: localTarget(),
    input: { url: `${origin}/odd`, calls: 50, backends: 2, from: ['192.0.2.1'] },
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toMatch(
    /shares 45\/5 are not equal \(chi-square 32.0, 11.2 allowed\); backends see 127.0.0.1/,
  );
  expect(output).toMatchObject({
    lost: 0,
    shares: [
      { name: 'web-0', calls: 45 },
      { name: 'web-1', calls: 5 },
    ],
    sources: ['127.0.0.1'],
  });
});
