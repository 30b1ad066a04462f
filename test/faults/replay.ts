import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import type proto from '@temporalio/proto';
import type { Violation } from './evidence.js';
import { begun, recoveryMs, timeToRecover, type Interrupted } from './recovery.js';

type History = proto.temporal.api.history.v1.IHistory;

/** The workflows as they are shipped. */
const codePath = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));

let quiet = false;

/** A replay that fails is told by the checker; the core's own words about it are no news. */
function beQuiet(): void {
  if (quiet) return;
  quiet = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
    shutdownSignals: [],
  });
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Replays a history. One after the other, also for lanes that are judged at the same time: the SDK (1.24.0) shuts its
 * runtime down with the last worker, and one that is just being made then fails with "failed to downcast any to … Runtime".
 */
async function replay(history: History, id: string | undefined): Promise<void> {
  const mine = last.then(() =>
    Worker.runReplayHistory({ workflowBundle: { codePath } }, history, id),
  );
  last = mine.catch(() => undefined);
  await mine;
}

/** Why a history that was recorded as JSON does not replay; null where it does. */
export async function replayRecorded(json: unknown): Promise<string | null> {
  beQuiet();
  const history = historyFromJSON(json);
  const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
  try {
    const id = started?.workflowId ?? undefined;
    await replay(history, id);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What the replay of all histories on a server came to. */
export interface Replayed {
  readonly histories: number;
  readonly violations: readonly Violation[];
  /** Time from a kill until what it had interrupted was begun again, ms. */
  readonly recoveries: readonly number[];
  /** What took longer than it may, with the file that holds its history. */
  readonly late: readonly string[];
}

/**
 * I9: every history that the server has, of runs, plans and leases, open and ended, replays. One that does not is
 * written into the folder; one in which something was begun again too late, beside it: the folder of a sound round goes.
 */
export async function replayAll(
  client: Client,
  folder: string,
  lost: readonly Interrupted[],
): Promise<Replayed> {
  beQuiet();
  const violations: Violation[] = [];
  const recoveries: number[] = [];
  const late: string[] = [];
  let histories = 0;
  for await (const { workflowId, runId } of client.workflow.list()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    histories += 1;
    const mine = lost.filter(({ execution }) => execution === runId);
    const attempts = mine.length === 0 ? [] : begun(history);
    const times = mine.flatMap((one) => timeToRecover(one, attempts) ?? []);
    recoveries.push(...times);
    const longest = Math.max(0, ...times);
    if (longest > recoveryMs) {
      const file = `${folder}-late-${runId}.json`;
      writeFileSync(file, historyToJSON(history));
      late.push(`${workflowId}: ${(longest / 1000).toFixed(1)} s after a kill (${file})`);
    }
    try {
      await replay(history, workflowId);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const file = join(folder, `history-${runId}.json`);
      writeFileSync(file, historyToJSON(history));
      violations.push({ invariant: 'I9', what: `${workflowId} does not replay (${file}): ${why}` });
    }
  }
  return { histories, violations, recoveries, late };
}
