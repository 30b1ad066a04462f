import { claim, stopTheirs } from './scripts/claim.js';
import { guarded, plainly } from './scripts/command.js';
import { keeping, lookForTheirs, once } from './scripts/once.js';
import { prepare, readOnly } from './scripts/prepare.js';
import { stopping } from './scripts/stopping.js';

/**
 * The constant programs for /bin/sh (POSIX, with `printf`, `read` and `test -O` as every sh has them)
 * under which commands run on hosts, this machine included. Values come in as positional arguments
 * only. They need Linux's /proc, and `timeout` of coreutils or busybox.
 *
 * They talk back in lines `RS <mark> <words>` on standard output, before the command begins: what
 * stands before such a line was printed by the login shell, and is not the command's. The words are
 *   run <session> <line of /proc/self/stat>   the command begins now, as this process; session `-`:
 *                                             shared with others, `=`: its own, `?`: not looked at
 *   missing <name>                            there is no such program
 *   stopped <pid> <verb> <fence>              a leftover of an earlier attempt was stopped
 *   stopped-holder <pid> <verb> <number>      as was what a run had left that has lost a lease since
 *   fenced <name> <number>                    others have a lease since, that this one was to run under
 *   stuck <pids>, superseded <fence>, unwritable <folder>, unsafe <folder>: it was not started
 */

/** The program that runs one of these scripts with these arguments. */
export function scriptArgv(
  script: string,
  args: readonly string[],
): readonly [string, ...string[]] {
  return ['/bin/sh', '-c', script, 'runbook', ...args];
}

/** Runs a command that only reads: in bounded time. */
export const readScript = prepare + readOnly;

/** Runs a command that changes something: recorded on the target, so that the next attempt finds it. */
export const changeScript = prepare + stopping + claim + stopTheirs + guarded + plainly;

/** The same for what must not happen twice; between claim and command stands what is kept of its output: `all` or `end`. */
export const onceScript = prepare + stopping + claim + stopTheirs + once + guarded + keeping;

/** Claims the operation, and tells what became of commands of the attempts before. */
export const lookScript = `${prepare}${stopping}${claim}${lookForTheirs}`;

/** Stops what earlier attempts left running, and claims the operation. */
export const sweepScript = `${prepare}${stopping}${claim}${stopTheirs}say swept
`;

/** $1 pid, $2 start time, $3 session: stops a command; says `gone` or `stuck <pids>`. */
export const stopScript = `${prepare}${stopping}stop "$1" "$2" "$3"
[ "$?" -ne 2 ] || { say stuck "$found"; exit 1; }
say gone
`;
