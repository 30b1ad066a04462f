import { RunbookError } from '../../core/errors.js';
import type { CommandResult } from '../../core/target.js';
import type { CommandLog } from '../log/step-log.js';
import { createCapture, createTail } from './capture.js';
import { createIntake } from './intake.js';
import { changes, inputOf, launch, type Job } from './launch.js';
import { randomMark } from './mark.js';
import { pump, type Pump } from './pump.js';
import type { Request } from './request.js';
import type { Exit, Process } from './shell.js';
import { runningOf, stopCommand, type Running } from './stop.js';
import {
  failed,
  judge,
  neverBegan,
  ranOutOfTime,
  refusal,
  timedOut,
  what,
  type Place,
} from './verdict.js';
import { messageOf } from '../thrown.js';

/** After its end, a command's output may be held open by what it left in the background: ms. */
const lingerMs = 1000;
/** After a cancellation, how long to wait for a command that is just about to begin: ms. */
const beginMs = 2000;
/** `timeout` stops a command with TERM, and 5 s later with KILL: only then do we, ms. */
const graceMs = 7000;

type Outcome =
  | { readonly kind: 'exit'; readonly exit: Exit }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'late' };

/** One command from its start to its end. */
class Command {
  readonly #job: Job;
  readonly #request: Request;
  readonly #log: CommandLog;
  readonly #id = randomMark().slice(0, 12);
  readonly #began = performance.now();
  readonly #stdout;
  readonly #stderr;
  readonly #tails = { stdout: createTail(), stderr: createTail() };
  #running: Running | null = null;
  #refused: string | null = null;
  /** The log has its last entry: what still comes is not for it. */
  #closed = false;
  #begun: () => void = () => undefined;
  readonly #beginning = new Promise<void>((resolve) => {
    this.#begun = resolve;
  });

  constructor(job: Job, request: Request, log: CommandLog) {
    this.#job = job;
    this.#request = request;
    this.#log = log;
    this.#stdout = createCapture(request.capture);
    this.#stderr = createCapture(request.capture);
  }

  get #durationMs(): number {
    return performance.now() - this.#began;
  }

  /** A line of the script; true where the command's output follows. */
  #hear(words: string): boolean {
    const [word, ...rest] = words.split(' ');
    if (word === 'stopped') {
      const [pid, verb, fence] = rest;
      this.#log.note(
        `stopped what an earlier attempt had left running here: process ${pid} of ${verb}, begun by attempt ${fence}`,
      );
      return false;
    }
    if (word === 'stopped-holder') {
      const [pid, verb] = rest;
      this.#log.note(
        `stopped what a run had left running here that has lost its lease: process ${pid} of ${verb}`,
      );
      return false;
    }
    if (word === 'run') {
      this.#running = runningOf(rest);
      if (changes(this.#job.operation)) this.#job.operation.once?.begun();
    } else this.#refused = words;
    this.#begun();
    return true;
  }

  async run(): Promise<CommandResult> {
    const { signal } = this.#job.operation;
    const mark = randomMark();
    let process: Process;
    this.#job.operation.once?.asked();
    try {
      process = await launch(this.#job, this.#request, mark, this.#id);
    } catch (error) {
      this.#remember(); // a session that was asked for may still begin it
      await this.#end(null);
      throw signal.aborted ? signal.reason : error;
    }
    const stdout = createIntake(mark, (words) => this.#hear(words));
    const stderr = createIntake(mark, () => true);
    const pumps = [
      pump(process.stdout, (chunk) => this.#take('stdout', stdout.push(chunk))),
      pump(process.stderr, (chunk) => this.#take('stderr', stderr.push(chunk))),
    ];
    // A program that does not read its input closes it: that is its own affair.
    process.stdin.on('error', () => undefined);
    process.stdin.end(inputOf(this.#request));

    const outcome = await this.#outcome(process, signal);
    if (outcome.kind === 'exit') {
      await this.#drain(process, pumps);
      const noise = [stdout.noise(), stderr.noise()].filter((text) => text !== '');
      return await this.#exited(outcome.exit, noise.join('\n'));
    }
    if (outcome.kind === 'aborted' && this.#leaves()) {
      process.abandon();
      this.#log.note('goes on by itself: the next attempt looks after it');
      await this.#end(null);
      throw signal.reason;
    }
    const stopped = await this.#stop(process);
    process.abandon();
    const where = stopped ? 'stopped' : 'it may still run there';
    this.#log.note(
      outcome.kind === 'aborted' ? `cancelled: ${where}` : `did not end in time: ${where}`,
    );
    await this.#end(null);
    if (outcome.kind === 'aborted') throw signal.reason;
    const late =
      this.#running === null ? ', it did not even begin' : stopped ? '' : `, and ${where}`;
    throw timedOut(this.#job.place, this.#request, late);
  }

  #take(kind: 'stdout' | 'stderr', chunk: Buffer | null): Promise<void> | undefined {
    if (chunk === null || this.#closed) return undefined;
    (kind === 'stdout' ? this.#stdout : this.#stderr).add(chunk);
    this.#tails[kind].add(chunk);
    return this.#log[kind](chunk);
  }

  async #outcome(process: Process, signal: AbortSignal): Promise<Outcome> {
    const { timeoutMs } = this.#request;
    // Whole seconds are kept by `timeout` on the spot, where there is one; anything else by this side's clock.
    const timed = timeoutMs % 1000 === 0 && process.untimed !== true;
    const limit = timed ? timeoutMs + graceMs : timeoutMs;
    let timer: NodeJS.Timeout | undefined;
    let abort = (): void => undefined;
    const late = new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => resolve({ kind: 'late' }), limit);
    });
    const aborted = new Promise<Outcome>((resolve) => {
      abort = () => resolve({ kind: 'aborted' });
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
    try {
      const exit = process.exit.then((exit): Outcome => ({ kind: 'exit', exit }));
      return await Promise.race([exit, aborted, late]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Waits for the output to end, or for what holds it open to fall silent. */
  async #drain(process: Process, pumps: readonly Pump[]): Promise<void> {
    const done = Promise.all(pumps.map((one) => one.done)).then(() => true);
    let open = true;
    while (open) {
      let timer: NodeJS.Timeout | undefined;
      const tick = new Promise<boolean>((resolve) => {
        timer = setTimeout(() => resolve(false), lingerMs / 4);
      });
      const ended = await Promise.race([done, tick]);
      clearTimeout(timer);
      if (ended) return;
      open = pumps.some((one) => one.idleMs() < lingerMs);
    }
    this.#log.note('the command ended; something that it left in the background holds its output');
    process.abandon();
  }

  async #exited(exit: Exit, noise: string): Promise<CommandResult> {
    const { place, redactor } = this.#job;
    if (this.#running !== null && exit.code === null) return await this.#lost(exit);
    const durationMs = this.#durationMs;
    if (noise !== '') this.#log.note(`the login shell printed besides: ${noise}`);
    const written = this.#end(this.#running === null ? null : exit.code);
    if (exit.code === null || this.#running === null) {
      await written;
      if (this.#refused !== null) throw refusal(place, this.#refused);
      throw exit.lost ?? neverBegan(place, exit.code, noise, redactor);
    }
    const lastLine = this.#tails.stderr.lastLine() || this.#tails.stdout.lastLine();
    const ended = { code: exit.code, durationMs, lastLine };
    await written.catch((error: unknown) => {
      throw unlogged(place, ended.code, error);
    });
    // What ignored the TERM of `timeout` is not waited for by it.
    if (ranOutOfTime(this.#request, ended)) await this.#stopRunning();
    const fault = this.#job.faults(
      { code: ended.code, stderr: this.#tails.stderr.text() },
      failed(place, ended, redactor),
    );
    if (fault !== null && !ranOutOfTime(this.#request, ended)) throw fault;
    judge(place, this.#request, ended, redactor);
    return {
      exitCode: exit.code,
      stdout: this.#stdout.text(),
      stderr: this.#stderr.text(),
      truncated: this.#stdout.truncated || this.#stderr.truncated,
      durationMs,
    };
  }

  /** The connection went while the command ran: the next one of this attempt stops it first. */
  async #lost(exit: Exit): Promise<never> {
    const { place } = this.#job;
    this.#remember();
    this.#log.note('nobody learnt how it ended: it may still run there');
    await this.#end(null);
    throw new RunbookError(
      'unreachable',
      `${what(place)}: ${exit.lost?.message ?? 'it ended without an exit status'}; it may still run there`,
      { cause: exit.lost ?? undefined },
    );
  }

  #remember(): void {
    if (!changes(this.#job.operation)) return;
    // It may begin, or have begun, without anybody learning of it.
    this.#job.operation.once?.begun();
    const { lost } = this.#job.state;
    const { target } = this.#job.place;
    lost.set(target, (lost.get(target) ?? new Set()).add(this.#id));
  }

  async #stop(process: Process): Promise<boolean> {
    if (this.#running === null) {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, beginMs);
      });
      await Promise.race([this.#beginning, process.exit, patience]);
      clearTimeout(timer);
    }
    const stopped = this.#refused !== null || (await this.#stopRunning());
    if (!stopped) this.#remember();
    return stopped;
  }

  async #stopRunning(): Promise<boolean> {
    if (this.#running === null) return false;
    return await stopCommand(this.#job.shell, this.#running, this.#request.sudo);
  }

  #leaves(): boolean {
    const { operation } = this.#job;
    return changes(operation) && operation.once?.leaves() === true;
  }

  #end(code: number | null): Promise<unknown> {
    this.#closed = true;
    return this.#log.end({ code, durationMs: this.#durationMs });
  }
}

function unlogged(place: Place, code: number, cause: unknown): RunbookError {
  return new RunbookError(
    'log-unwritable',
    `${messageOf(cause)}; the command ${what(place)} itself ended with exit ${code}`,
    { cause },
  );
}

/**
 * Runs a command to its end, and logs it.
 * @throws RunbookError as `Target.run` documents; the signal's reason when it was aborted
 */
export async function runCommand(job: Job, request: Request): Promise<CommandResult> {
  const { operation, place, redactor } = job;
  operation.signal.throwIfAborted();
  const log = await operation.log.command({
    target: place.target,
    line: job.line,
    brief: place.line,
    redactor,
    quiet: request.quiet,
  });
  return await new Command(job, request, log).run();
}
