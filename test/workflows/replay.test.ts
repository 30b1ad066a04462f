import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect } from '@jest/globals';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { DeterminismViolationError } from '@temporalio/workflow';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { needs } from '../needs.js';

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  // A history that does not fit is asked for below: the core's own warning of it is no news.
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
  shutdownSignals: [],
});

const folder = fileURLToPath(new URL('../histories/', import.meta.url));
/** The workflows as they are shipped. */
const codePath = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));
const test = needs({ files: [codePath] });
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

function read(name: string): string {
  return readFileSync(`${folder}${name}`, 'utf8');
}

async function replay(text: string): Promise<void> {
  const history = historyFromJSON(JSON.parse(text));
  const workflowId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId;
  await Worker.runReplayHistory({ workflowBundle: { codePath } }, history, workflowId ?? undefined);
}

describe('histories of earlier runs', () => {
  for (const name of names) {
    test(`${name} goes on in the workflows of today`, () => replay(read(name)));
  }

  test('one that another workflow has written is told apart', async () => {
    const other = read('undone.json').replace('"world.set.apply"', '"world.slow.apply"');
    await expect(replay(other)).rejects.toThrow(DeterminismViolationError);
  });

  // These fail where npm lays out two generations of protobufjs in the wrong places.
  test('are read and written without loss', () => {
    for (const name of names) {
      const value: unknown = JSON.parse(read(name));
      expect(JSON.parse(historyToJSON(historyFromJSON(value)))).toEqual(value);
    }
  });

  test('name no machine', () => {
    for (const name of names) {
      expect(read(name)).not.toMatch(/file:\/\/|node_modules|\/home\/|\/tmp\/|\d+@/);
    }
  });
});
