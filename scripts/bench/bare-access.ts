import { createRedactor } from '../../activities/log/redact.js';
import type { LogStore } from '../../activities/log/store.js';
import { createTargetAccess, type TargetAccess } from '../../activities/targets/access.js';
import { createCapture } from '../../activities/targets/capture.js';
import { createHostTarget } from '../../activities/targets/host.js';
import type { Operation } from '../../activities/targets/operation.js';
import { pump } from '../../activities/targets/pump.js';
import type { Request } from '../../activities/targets/request.js';
import type { Shell } from '../../activities/targets/shell.js';
import { endpointOf } from '../../activities/targets/ssh/endpoint.js';
import { createPool } from '../../activities/targets/ssh/pool.js';
import { createSshShell } from '../../activities/targets/ssh/shell.js';
import type { CommandResult } from '../../core/target.js';

const nothingHidden = createRedactor([]);

/** Logs in which nothing is redacted. */
export function bareLogs(logs: LogStore): LogStore {
  return {
    ...logs,
    step: (owner) => ({ ...logs.step(owner), redactor: () => nothingHidden }),
  };
}

/** A command as `ssh` would run it on a warm connection, with its output in the log. */
async function runBare(
  shell: Shell,
  target: string,
  { log, signal }: Operation,
  { argv, input, exits, capture }: Request,
): Promise<CommandResult> {
  const began = performance.now();
  const line = argv.join(' ');
  const entry = await log.command({ target, line, redactor: nothingHidden });
  const process = await shell.start(argv, { sudo: false, signal });
  const [stdout, stderr] = [createCapture(capture), createCapture(capture)];
  const pumps = [
    pump(process.stdout, (chunk) => {
      stdout.add(chunk);
      return entry.stdout(chunk);
    }),
    pump(process.stderr, (chunk) => {
      stderr.add(chunk);
      return entry.stderr(chunk);
    }),
  ];
  process.stdin.end(input);
  const { code } = await process.exit;
  await Promise.all(pumps.map(({ done }) => done));
  const durationMs = performance.now() - began;
  await entry.end({ code, durationMs });
  if (code === null || (exits !== 'any' && !exits.includes(code)))
    throw new Error(`${line} ended with ${code}`);
  const truncated = stdout.truncated || stderr.truncated;
  return { exitCode: code, stdout: stdout.text(), stderr: stderr.text(), truncated, durationMs };
}

/**
 * Hosts on which changes run without their script: no session, time limit, operation or lease number of
 * their own. Commands that only read go the usual way, which is the quicker one.
 */
export function createBareAccess(stateDir: string): TargetAccess {
  const usual = createTargetAccess({ stateDir, knownHosts: null });
  const pool = createPool(5 * 60_000);
  return {
    open: (name, inventory, operation) => {
      const host = inventory.hosts[name];
      const endpoint = host === undefined ? null : endpointOf(host, inventory, null);
      if (host === undefined || endpoint === null || operation.verb === 'check')
        return usual.open(name, inventory, operation);
      const shell = createSshShell(pool, endpoint);
      return createHostTarget(host, (request) => runBare(shell, name, operation, request));
    },
    close: async () => {
      await pool.close();
      await usual.close();
    },
  };
}
