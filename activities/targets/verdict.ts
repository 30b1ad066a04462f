import { PermanentError, RunbookError } from '../../core/errors.js';
import { formatDuration } from '../../core/duration.js';
import { excerpt, plainText } from '../../core/excerpt.js';
import type { Redactor } from '../log/redact.js';
import type { Request } from './request.js';

/** The most of a command line, and of a tool's last line, that a message shows; bytes. */
const shownLine = 400;
const shownReason = 300;

/** Where a command ran, for messages. */
export interface Place {
  /** Name of the target. */
  readonly target: string;
  /** The command as it is shown: without what leads to the target, since that is told. */
  readonly line: string;
}

/** What became of a command. */
export interface Ended {
  readonly code: number;
  readonly durationMs: number;
  /** Last line of standard error, else of standard output. */
  readonly lastLine: string;
}

/** ``"`vtysh -c …` on router"``, the beginning of every message about a command. */
export function what(place: Place): string {
  return `\`${excerpt(place.line, shownLine)}\` on ${place.target}`;
}

/** A tool's last line, safe to show. */
export function reason(lastLine: string, redactor: Redactor): string {
  return excerpt(plainText(redactor.text(lastLine)).replaceAll('\n', ' '), shownReason);
}

/** The error for a program that is not there. */
export function missing(place: Place, program: string, cause?: unknown): PermanentError {
  return new PermanentError('tool-missing', `${what(place)}: there is no program ${program}`, {
    hint: `Install ${program} on ${place.target}, or name its folder in \`path\` of the inventory.`,
    cause,
  });
}

/** The error for a command that did not end within its time. */
export function timedOut(place: Place, request: Request, detail = ''): RunbookError {
  return new RunbookError(
    'command-timeout',
    `${what(place)}: did not end within ${formatDuration(request.timeoutMs)}${detail}`,
  );
}

/** True where `timeout` ended the command, and the command did not choose that exit code itself. */
export function ranOutOfTime(request: Request, ended: Ended): boolean {
  const bySignal = ended.code === 124 || ended.code === 137 || ended.code === 143;
  return bySignal && ended.durationMs >= Math.ceil(request.timeoutMs / 1000) * 1000 - 50;
}

/** The message about a command whose exit code is no answer. */
export function failed(place: Place, { code, lastLine }: Ended, redactor: Redactor): string {
  const said = reason(lastLine, redactor);
  return `${what(place)}: exit ${code}${said === '' ? '' : `: ${said}`}`;
}

/** @throws RunbookError where the exit code is not one that the caller takes as an answer */
export function judge(place: Place, request: Request, ended: Ended, redactor: Redactor): void {
  const { code, lastLine } = ended;
  if (ranOutOfTime(request, ended)) throw timedOut(place, request);
  if (request.exits === 'any' || request.exits.includes(code)) return;
  if (code === 127 && lastLine.startsWith('timeout: failed to run command')) {
    throw missing(place, request.argv[0]);
  }
  throw new RunbookError(request.failure, failed(place, ended, redactor));
}

/** What a script said instead of starting the command; see scripts.ts. */
export function refusal(place: Place, words: string): RunbookError {
  const [word = '', ...rest] = words.split(' ');
  const about = rest.join(' ');
  switch (word) {
    case 'missing':
      return missing(place, about);
    case 'superseded':
      return new RunbookError(
        'lease-held',
        `${what(place)}: not started, because a newer attempt at this step has begun there`,
      );
    case 'fenced':
      return new PermanentError(
        'lease-lost',
        `${what(place)}: not started, because another run has had a lease of this one's since`,
        {
          hint: 'See who has it: `runbook leases`. When it is free, resume the run where it is paused, and retry. Or undo, or cancel it.',
        },
      );
    case 'stuck':
      return new RunbookError(
        'command-failed',
        `${what(place)}: not started, because processes of an earlier attempt do not end: ${about}`,
        { hint: `Look at them on ${place.target}: ps -o pid,stat,wchan,args -p ${about}` },
      );
    case 'unwritable':
      return new RunbookError(
        'command-failed',
        `${what(place)}: not started, because ${about} cannot be written there`,
        { hint: `Free space on ${place.target}, or make that file system writable.` },
      );
    case 'unsafe':
      return new PermanentError(
        'refused',
        `${what(place)}: not started, because ${about} belongs to somebody else`,
        { hint: `Find out on ${place.target} who made it, and remove it.` },
      );
    default:
      return new RunbookError('internal', `${what(place)}: its wrapper said ${words}`);
  }
}

/** The login shell ended without ever coming to the command. */
export function neverBegan(
  place: Place,
  code: number | null,
  noise: string,
  redactor: Redactor,
): RunbookError {
  const said = reason(noise.split(/[\r\n]+/).at(-1) ?? '', redactor);
  const end = code === null ? 'without a status' : `with exit ${code}`;
  if (said.startsWith('sudo:')) {
    return new PermanentError('login-failed', `${what(place)}: sudo did not let it run: ${said}`, {
      hint: `Let the login user become root without a password on ${place.target}: \`<user> ALL=(ALL) NOPASSWD: ALL\` in /etc/sudoers.d.`,
    });
  }
  return new RunbookError(
    'unreachable',
    `${what(place)}: the login shell ended ${end} before the command began${said === '' ? '' : `: ${said}`}`,
    { hint: `Log in to ${place.target} by hand and look what its login shell does.` },
  );
}
