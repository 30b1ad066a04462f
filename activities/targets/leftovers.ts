import { setTimeout as pause } from 'node:timers/promises';
import { RunbookError } from '../../core/errors.js';
import { plainText } from '../../core/excerpt.js';
import { pathOf } from './launch.js';
import { claimOf } from './name.js';
import type { Leftover, Once, Operation } from './operation.js';
import type { RunnerDeps } from './runner.js';
import { lookScript, sweepScript } from './scripts.js';
import type { Shell } from './shell.js';
import { askScript } from './stop.js';
import { refusal, what, type Place } from './verdict.js';

/** How often what still runs is looked at, ms. */
const everyMs = 1000;

/** How a command of an attempt before ended, in words. */
export function endOf({ id, state, pid, code }: Leftover): string {
  if (state === 'running') return `its command ${id} still runs, as process ${pid}`;
  return state === 'ended'
    ? `its command ${id} ended with exit ${code}`
    : `its command ${id} is gone, and nobody learnt how it ended`;
}

/** Whether there may be something of an attempt before, or of a command whose end nobody learnt. */
function mayBe({ target, operation, state }: RunnerDeps): boolean {
  if (operation.verb === 'probe') return false;
  if (operation.attempt > 1) return true;
  return operation.once !== undefined && (state.lost.get(target)?.size ?? 0) > 0;
}

/**
 * Before the first command of a later attempt: stops what earlier ones left running; where the effect must
 * not happen twice, waits for it.
 * @throws RunbookError where that cannot be done; the signal's reason when it was aborted
 */
export async function meetLeftovers(deps: RunnerDeps, shell: Shell): Promise<void> {
  const { target, operation, state } = deps;
  if (!mayBe(deps)) return;
  const known = state.swept.get(target);
  if (known !== undefined) return await known;
  const { once } = operation;
  const meeting = once === undefined ? sweep(deps, shell) : adopt(deps, shell, once);
  state.swept.set(target, meeting);
  try {
    await meeting;
  } catch (error) {
    state.swept.delete(target);
    throw error;
  }
}

/**
 * Has a script claim the operation, as the login user and as root, and answers its lines.
 * @throws RunbookError where it did not come to its `last` line
 */
async function claimed(
  deps: RunnerDeps,
  shell: Shell,
  script: string,
  last: string,
  place: Place,
): Promise<string[]> {
  const { target, operation, state } = deps;
  const lost = [...(state.lost.get(target) ?? [])].join(' ');
  const claim = claimOf(deps.scope, operation, { fence: state.fence, id: '0', lost });
  const said: string[] = [];
  for (const sudo of shell.root ? [false] : [false, true]) {
    const lines = await askScript(shell, script, claim, { path: pathOf(deps.path), sudo });
    const words = lines.filter((line) => line !== last);
    said.push(...words);
    if (words.length < lines.length) continue;
    const refused = words.find((line) => !/^(?:stopped|at|left|out|err)\b/.test(line));
    if (refused !== undefined) throw refusal(place, refused);
    // Who may not become root has left nothing that runs as root.
    if (!sudo) throw new RunbookError('unreachable', `${what(place)}: not done in time`);
  }
  return said;
}

async function sweep(deps: RunnerDeps, shell: Shell): Promise<void> {
  const { target, operation } = deps;
  const place = { target, line: 'stop what earlier attempts left running' };
  for (const words of await claimed(deps, shell, sweepScript, 'swept', place)) {
    await operation.log.note(`leftovers of an earlier attempt: ${words}`, target);
  }
}

async function adopt(deps: RunnerDeps, shell: Shell, once: Once): Promise<void> {
  const { target, operation } = deps;
  const { signal } = operation;
  const place = { target, line: 'look for what earlier attempts left running' };
  for (;;) {
    const left = leftovers(deps, await claimed(deps, shell, lookScript, 'looked', place));
    const running = left.find((one) => one.state === 'running');
    if (running === undefined) {
      for (const one of left) {
        once.found(one);
        await operation.log.note(`of an earlier attempt: ${toldOf(one)}`, target);
      }
      // Whatever there was has ended: the next command has nothing to stop.
      deps.state.lost.delete(target);
      return;
    }
    once.waits(running);
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) continue;
    if (!once.leaves()) await claimed(deps, shell, sweepScript, 'swept', place);
    throw signal.reason;
  }
}

/** What became of a command, with what it had printed. */
function toldOf(left: Leftover): string {
  const end = `${endOf(left)} (see ${left.files})`;
  return left.printed === '' ? end : `${end}; it had printed:\n${left.printed}`;
}

/** The lines of `lookScript`; see scripts.ts. */
function leftovers({ target, operation }: RunnerDeps, lines: readonly string[]): Leftover[] {
  const texts = new Map<string, string>();
  for (const line of lines) {
    const [kind, id = '', hex = ''] = line.split(' ');
    if (kind !== 'out' && kind !== 'err') continue;
    const text = plainText(redacted(operation, Buffer.from(hex, 'hex'))).trimEnd();
    texts.set(id, [texts.get(id) ?? '', text].filter(Boolean).join('\n'));
  }
  const [files = ''] = lines.flatMap((line) => (line.startsWith('at ') ? [line.slice(3)] : []));
  return lines.flatMap((line): Leftover[] => {
    const [kind, id = '', state, about = ''] = line.split(' ');
    if (kind !== 'left') return [];
    const printed = texts.get(id) ?? '';
    const gone = { target, id, files, state: 'gone', pid: null, code: null, printed } as const;
    if (state === 'running') return [{ ...gone, state, pid: about }];
    return state === 'ended' ? [{ ...gone, state, code: Number(about) }] : [gone];
  });
}

function redacted({ log }: Operation, bytes: Buffer): string {
  return log.redactor([]).text(bytes.toString('utf8'));
}
