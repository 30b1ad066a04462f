import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { candidates, choosePorts, isFree } from '../../../client/embedded/ports.js';

const none = { port: null, ui: null };

describe('choosePorts', () => {
  test('those of last time, while they are free', async () => {
    const last = { port: 23456, ui: 23457 };
    expect(await choosePorts('/s', none, last, async () => true)).toEqual(last);
    const taken = await choosePorts('/s', none, last, async (port) => port !== 23457);
    expect(taken).not.toEqual(last);
  });

  test('two state folders begin at different places, each always at its own', () => {
    expect(candidates('/a')[0]).toEqual(candidates('/a')[0]);
    expect(candidates('/a')[0]).not.toEqual(candidates('/b')[0]);
  });

  test('never in the range that systems lend to outgoing connections', () => {
    for (const { port, ui } of ['/a', '/b', '/c/d'].flatMap(candidates)) {
      expect(port).toBeGreaterThanOrEqual(20_000);
      expect(ui).toBeLessThan(32_768);
    }
  });

  test('those that are set, or none', async () => {
    const wanted = { port: 7233, ui: null };
    expect(await choosePorts('/s', wanted, null, async () => true)).toMatchObject({ port: 7233 });
    expect(await choosePorts('/s', wanted, null, async (port) => port !== 7233)).toBeNull();
  });

  test('a busy machine is searched on', async () => {
    const [first, second] = candidates('/s');
    const free = async (port: number): Promise<boolean> => port !== first?.ui;
    expect(await choosePorts('/s', none, null, free)).toEqual(second);
    expect(await choosePorts('/s', none, null, async () => false)).toBeNull();
  });
});

test('isFree', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  expect(await isFree(port)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
  expect(await isFree(port)).toBe(true);
});
