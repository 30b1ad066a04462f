import { spawn } from 'node:child_process';
import { milliseconds } from '../../core/duration.js';
import { PermanentError, RunbookError } from '../../core/errors.js';
import type { CommandOptions, CommandResult, Target } from '../../core/target.js';

const plainPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly timedOut: boolean;
  readonly durationMs: number;
}

/** Runs one program with its arguments as they are, in a process group of its own. */
function execute(
  command: string,
  args: readonly string[],
  options: CommandOptions,
  ms: number,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const home = process.env['HOME'];
    const child = spawn(command, args, {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: plainPath,
        LC_ALL: 'C',
        ...(home === undefined ? {} : { HOME: home }),
        ...options.env,
      },
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, ms);
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A program that does not read its input closes the pipe: that is no failure of ours.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
    });
    child.stdin.end(options.input ?? '');
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({
        code,
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr),
        timedOut,
        durationMs: performance.now() - began,
      });
    });
  });
}

function isMissing(error: unknown): boolean {
  // By shape: in a test, errors of Node come from another realm.
  return (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';
}

async function run(
  name: string,
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const ms = milliseconds(options.timeout ?? '30s');
  let ended: Ended;
  try {
    ended = await execute(command, args, options, ms);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new PermanentError('tool-missing', `${name}: there is no ${command}`, { cause: error });
  }
  if (ended.timedOut) {
    throw new RunbookError('command-timeout', `${name}: ${command} did not end within ${ms} ms`);
  }
  const capture = options.capture ?? 4 * 1024 * 1024;
  const result: CommandResult = {
    exitCode: ended.code ?? 137,
    stdout: ended.stdout.subarray(0, capture).toString('utf8'),
    stderr: ended.stderr.subarray(0, capture).toString('utf8'),
    truncated: ended.stdout.length > capture || ended.stderr.length > capture,
    durationMs: ended.durationMs,
  };
  const accepted = options.exits ?? [0];
  if (accepted !== 'any' && !accepted.includes(result.exitCode)) {
    throw new RunbookError(
      options.failure ?? 'command-failed',
      `${name}: ${command} ended with ${result.exitCode}: ${result.stderr.trim().slice(0, 300)}`,
    );
  }
  return result;
}

/** This machine, without the product's target access: programs are started as they are. */
export function localTarget(name = 'local'): Target {
  return {
    name,
    kind: 'host',
    cluster: null,
    address: null,
    vars: {},
    run: (command, args, options) => run(name, command, args, options),
    json: async <T>(command: string, args: readonly string[], options?: CommandOptions) => {
      const { stdout } = await run(name, command, args, options);
      try {
        return JSON.parse(stdout) as T;
      } catch (error) {
        throw new RunbookError('action-failed', `${name}: ${command} did not print JSON`, {
          cause: error,
        });
      }
    },
  };
}
