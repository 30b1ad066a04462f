import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { createLogFile } from '../../../activities/log/file.js';
import { createLogStore } from '../../../activities/log/store.js';

/** Writes a line into the logs of 50 runs, and tells how many files are remembered: then, and when all was quiet. */
const dir = mkdtempSync(join(tmpdir(), 'runbook-log-'));
const kind = createLogFile(dir).constructor;
const store = createLogStore({ dir });
for (let run = 0; run < 50; run += 1) {
  const owner = { run: `run-${run}`, step: 'a', verb: 'apply', attempt: 1, secrets: [] } as const;
  const log = store.step(owner);
  const redactor = log.redactor([]);
  const command = await log.command({ target: 'x', line: 'true', redactor, quiet: false });
  await command.end({ code: 0, durationMs: 1 });
}
const written = queryObjects(kind);
// A file is closed when nothing was written to it for five seconds.
await sleep(5_500);
queryObjects(kind);
await sleep(100);
const quiet = queryObjects(kind);
await store.close();
rmSync(dir, { recursive: true });
process.stdout.write(JSON.stringify({ written, quiet }));
