import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Bench } from '../temporal/bench.js';
import { TestServer } from '../temporal/server.js';
import { scenarios } from './scenarios.js';

// Records the histories beside this file anew, from the sources as they are:
//
//     node --import ./test/processes/typescript.mjs test/histories/record.ts [scenario…]
//
// They stand for runs that are open while a worker is replaced by a newer one, so they are recorded
// again only when a scenario is added, or when the runs of an older version may no longer go on.

const folder = fileURLToPath(new URL('.', import.meta.url));
const wanted = process.argv.slice(2);

/** What a machine leaves in a history: where its code lies, in stack traces. Nothing else reads them. */
function withoutTraces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTraces);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'stackTrace')
      .map(([key, inner]) => [key, withoutTraces(inner)]),
  );
}

/** Also inside of payloads, which are base64. */
function mustNotName(text: string, words: readonly string[]): void {
  const payloads = [...text.matchAll(/"data": ?"([^"]*)"/g)].map(([, data]) =>
    Buffer.from(data ?? '', 'base64').toString(),
  );
  for (const word of words) {
    if ([text, ...payloads].some((part) => part.includes(word))) {
      throw new Error(`the history names this machine: ${word}`);
    }
  }
}

/** All histories of a workflow, oldest first: one, or more where it went on in a new one. */
async function historiesOf(bench: Bench, workflowId: string): Promise<string[]> {
  const found: string[] = [];
  let runId = (await bench.client.workflow.getHandle(workflowId).describe()).raw
    .workflowExecutionInfo?.firstRunId;
  while (runId !== undefined && runId !== null && runId !== '') {
    const history = await bench.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const text = JSON.stringify(withoutTraces(JSON.parse(historyToJSON(history))), null, 1);
    mustNotName(text, [hostname(), homedir(), fileURLToPath(new URL('../..', import.meta.url))]);
    found.push(`${text}\n`);
    const end = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes;
    runId = end?.newExecutionRunId;
  }
  return found;
}

const server = await TestServer.start();
const draft = mkdtempSync(join(folder, '.new-'));
try {
  for (const { name, play } of scenarios) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const bench = await Bench.create(server, `histories-${name}`);
    try {
      const histories = await historiesOf(bench, await play(bench));
      for (const [index, text] of histories.entries()) {
        const file = histories.length === 1 ? `${name}.json` : `${name}-${index + 1}.json`;
        writeFileSync(join(draft, file), text);
      }
      process.stdout.write(`${name}: ${histories.length}\n`);
    } finally {
      await bench.close();
    }
  }
  for (const file of readdirSync(draft)) renameSync(join(draft, file), join(folder, file));
} finally {
  rmSync(draft, { recursive: true, force: true });
  await server.stop();
}
