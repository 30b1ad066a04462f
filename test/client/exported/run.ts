import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definitionHash } from '../../../client/server/request.js';
import { logFolderName } from '../../../client/state/file-name.js';
import type { ExportContent } from '../../../core/export.js';
import type { JsonObject } from '../../../core/json.js';
import { formatLogLine } from '../../../core/run/log.js';
import { exportedLogs } from '../../../client/exported/log.js';
import { commandsOf } from '../../../client/state/commands.js';
import { logFiles, readLog } from '../../../client/state/log-files.js';
import { at, changed, record } from '../records.js';

/** The runbook that the test run ran. */
export const definition: JsonObject = { apiVersion: 'runbook/v1', name: 'deploy', steps: [] };

/** A run that has ended, with a command in its log, as the state folder of one machine has it. */
export async function endedRun(
  state: string,
  facts: Parameters<typeof record>[0] = {},
): Promise<ExportContent> {
  const ended = record({
    state: 'succeeded',
    endedAt: at(95),
    definitionHash: definitionHash(definition),
    steps: [changed('copy', 1, 3, 'absent')],
    ...facts,
  });
  const folder = join(state, 'logs', logFolderName(ended.run));
  mkdirSync(folder, { recursive: true });
  const base = { step: 'copy', verb: 'apply', attempt: 1, target: 'web-1' } as const;
  const lines = [
    formatLogLine({ ...base, seq: 1, at: at(1), kind: 'command', text: 'cp a b' }),
    formatLogLine({ ...base, seq: 2, at: at(2), kind: 'stdout', of: 1, text: 'fertig ✓\n' }),
    formatLogLine({
      ...base,
      seq: 3,
      at: at(3),
      kind: 'exit',
      of: 1,
      exit: { code: 0, durationMs: 12, stdoutBytes: 11, stderrBytes: 0, sha256: 'a'.repeat(64) },
    }),
  ];
  writeFileSync(join(folder, 'worker.ndjson'), lines.join(''));
  // A second worker was cut off in the middle of a character.
  writeFileSync(join(folder, 'worker-2.ndjson'), Buffer.from([0x7b, 0xe2, 0x9c]));
  const { commands, left } = await commandsOf(readLog(state, ended.run));
  return {
    record: ended,
    definition: definition as ExportContent['definition'],
    evidence: { commands: [...commands], commandsLeftOut: left },
    logs: await exportedLogs(logFiles(state, ended.run)),
  };
}
