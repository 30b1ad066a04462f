import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { needs, type Register } from '../needs.js';
import { Bench } from './bench.js';
import { hasTemporal, temporalBinary, TestServer } from './server.js';

/** `test` where there is a Temporal server's program. */
export const temporalTest: Register = needs({ files: [temporalBinary] });

/**
 * A Temporal server and a bench on it for the tests of one file: handed over before the first, and with a
 * world that is empty and lets everything pass before each.
 */
export function stageOnTemporal(handOver: (bench: Bench, server: TestServer) => void): void {
  let server: TestServer;
  let bench: Bench;
  beforeAll(async () => {
    if (!hasTemporal) return;
    server = await TestServer.start();
    bench = await Bench.create(server);
    handOver(bench, server);
  }, 60_000);
  afterAll(async () => {
    await bench?.close();
    await server?.stop();
  }, 60_000);
  beforeEach(() => {
    if (!hasTemporal) return;
    for (const key of Object.keys(bench.world.values)) delete bench.world.values[key];
    bench.world.log.length = 0;
    bench.world.before = () => {};
  });
}
