import { milliseconds } from '../../core/duration.js';
import { PermanentError, type ErrorCode } from '../../core/errors.js';
import type { CommandOptions } from '../../core/target.js';
import type { Redactor } from '../log/redact.js';

/** Folders of tools on every Linux. */
export const plainPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Linux takes no single argument longer than 128 KiB, and over ssh the whole line is one. */
export const maxLineBytes = 120 * 1024;

/** A command with everything filled in. */
export interface Request {
  /** The command and its arguments. */
  readonly argv: readonly [string, ...string[]];
  readonly timeoutMs: number;
  readonly input: Buffer;
  readonly sudo: boolean;
  readonly exits: readonly number[] | 'any';
  readonly secrets: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  /** As `env`: those whose values are secrets, and must not stand in any list of processes. */
  readonly hidden: readonly string[];
  readonly capture: number;
  readonly quiet: boolean;
  readonly failure: ErrorCode;
}

function refuse(command: string, why: string, hint?: string): never {
  throw new PermanentError(
    'input-invalid',
    `the command ${JSON.stringify(command.slice(0, 80))} cannot be run: ${why}`,
    hint === undefined ? {} : { hint },
  );
}

/** No surrogate without its partner: such text has no bytes of its own. */
function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

function checkText(command: string, text: string, what: string): void {
  if (text.includes('\0')) refuse(command, `${what} holds a NUL byte, which no argument can`);
  if (!isWellFormed(text)) refuse(command, `${what} holds half a character (a lone surrogate)`);
}

function timeoutOf(command: string, timeout: string | number): number {
  const ms = milliseconds(timeout);
  if (Number.isFinite(ms) && ms > 0 && ms < 2 ** 31) return ms;
  return refuse(command, `its time of ${timeout} is not between 1 ms and 24 days`);
}

/**
 * Checks a command and fills in what its options leave out.
 * @throws PermanentError `input-invalid` for what could not arrive byte for byte
 */
export function toRequest(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Request {
  if (command === '' || command.startsWith('-')) {
    refuse(command, 'a command has a name, which does not start with -');
  }
  checkText(command, command, 'its name');
  args.forEach((arg, at) => checkText(command, arg, `argument ${at + 1}`));
  const env = Object.entries(options.env ?? {}).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      refuse(command, `${JSON.stringify(name)} is no name of an environment variable`);
    }
    checkText(command, value, `the variable ${name}`);
    return `${name}=${value}`;
  });
  const bytes = [command, ...args, ...env].reduce((sum, word) => sum + Buffer.byteLength(word), 0);
  if (bytes > maxLineBytes) {
    refuse(
      command,
      `its arguments take ${bytes} bytes, and ${maxLineBytes} fit`,
      'Hand large values over as `input`.',
    );
  }
  const { input = '' } = options;
  return {
    argv: [command, ...args],
    timeoutMs: timeoutOf(command, options.timeout ?? '30s'),
    input: typeof input === 'string' ? Buffer.from(input, 'utf8') : Buffer.from(input),
    sudo: options.sudo ?? false,
    exits: options.exits ?? [0],
    secrets: options.secrets ?? [],
    env,
    hidden: [],
    capture: options.capture ?? 4 * 1024 * 1024,
    quiet: options.log === 'quiet',
    failure: options.failure ?? 'command-failed',
  };
}

/**
 * A request in which nothing shows a secret to other users of the machine: variables that hold one go
 * another way than arguments do.
 * @throws PermanentError `secret-exposed` where an argument holds one
 */
export function withoutTraces(request: Request, redactor: Redactor): Request {
  const shows = (word: string): boolean => redactor.text(word) !== word;
  const at = request.argv.findIndex(shows);
  if (at !== -1) {
    throw new PermanentError(
      'secret-exposed',
      `the command ${JSON.stringify(redactor.text(request.argv[0]).slice(0, 80))} is not run: its argument ${at} holds a secret, which every user of the machine could see`,
      { hint: 'hand the secret over as standard input, as a variable or in a file' },
    );
  }
  return {
    ...request,
    env: request.env.filter((word) => !shows(word)),
    hidden: request.env.filter(shows),
  };
}
