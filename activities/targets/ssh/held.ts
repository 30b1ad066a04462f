import { PassThrough } from 'node:stream';
import { createIntake, type Intake } from '../intake.js';
import { randomMark } from '../mark.js';
import { isPlain } from '../plain-programs.js';
import { quoteLine } from '../quote.js';
import { heldScript } from '../scripts/held.js';
import type { Exit, Process } from '../shell.js';
import { within } from './deadline.js';
import { Frame, type Opening } from './frame.js';

/** Longer commands have a session of their own: not every sh takes lines of any length at ease. */
export const maxHeldBytes = 16 * 1024;
/** As have those that may take longer than this, s. */
export const maxHeldSeconds = 300;
/**
 * The life of a shell, s: nothing that it runs outlives it, not even where nobody is there any more to end what does
 * not end by itself.
 */
const lifeSeconds = 900;
/** The program that is to be started as a shell that is held. */
export const heldArgv = ['timeout', '-k', '5', String(lifeSeconds), '/bin/sh'] as const;
/** Older ones are not given anything more: it would not fit, ms. */
const oldMs = (lifeSeconds - maxHeldSeconds - 60) * 1000;

/** A shell that does not begin within this time is left to itself, ms. */
const beginMs = 5_000;
/** Where nothing has come for so long, the host is asked whether it is still there, ms. */
const quietMs = 500;

interface Current {
  readonly stdout: Frame;
  readonly stderr: Frame;
}

/** What is known of the host. */
export interface HeldHost {
  /** Why the connection is gone, where it is. */
  lost(): Exit['lost'];
  /** Whether it answers now. */
  answers(): Promise<boolean>;
}

/** What is awaited of a command before it is handed on. */
interface Awaited {
  readonly current: Current;
  readonly plain: boolean;
  readonly gone: Promise<unknown>;
  readonly signal: AbortSignal;
  readonly host: HeldHost;
}

/**
 * A shell on a host that is kept open for commands that only read, one after the other: one round trip
 * each instead of two, and no login shell to start.
 */
export class HeldShell {
  readonly #process: Process;
  readonly #onIdle: () => void;
  readonly #greeting = randomMark();
  readonly #intakes: Readonly<Record<keyof Current, Intake>>;
  /** Its line of /proc/self/stat; null until it is there. */
  #stat: string | null = null;
  #current: Current | null = null;
  /** Output of the last command. */
  #last: Frame | null = null;
  #told = false;
  /** True where the shell itself never came: what is wrong is the login shell. */
  unfit = false;
  readonly #began = performance.now();
  #closed = false;

  constructor(process: Process, onIdle: () => void) {
    this.#process = process;
    this.#onIdle = onIdle;
    this.#intakes = {
      stdout: createIntake(this.#greeting, (words) => {
        this.#stat = words.slice('shell '.length);
        return true;
      }),
      stderr: createIntake(this.#greeting, () => true),
    };
    process.stdin.on('error', () => this.close());
    process.stdout.on('data', (chunk: Buffer) => this.#take('stdout', chunk));
    process.stderr.on('data', (chunk: Buffer) => this.#take('stderr', chunk));
  }

  get closed(): boolean {
    return this.#closed;
  }

  get idle(): boolean {
    return this.#current === null && !this.#closed;
  }

  /** Whether its end is too near for another command. */
  get old(): boolean {
    return performance.now() - this.#began > oldMs;
  }

  #take(kind: keyof Current, chunk: Buffer): void {
    const intake = this.#intakes[kind];
    const greeted = intake.open;
    const bytes = intake.push(chunk);
    const frame = this.#current?.[kind];
    // What the login shell printed is told with the first command.
    if (!greeted && intake.open) frame?.tap.give(Buffer.from(intake.noise()));
    if (bytes === null) return;
    if (frame?.open === true) frame.take(bytes);
    // Something that an earlier command left behind writes here: it must not mix with the next one.
    else if (this.#told) this.close();
  }

  /** What stands before the output of a plain command with this mark. */
  #openings(mark: string, program: string): Readonly<Record<keyof Current, Opening>> {
    const missing = `\u001e${mark} missing ${program}\n`;
    const begun = `\u001e${mark}\n`;
    return {
      stdout: { begun: () => `\u001e${mark} run = ${this.#stat}\n`, missing },
      stderr: { begun: () => begun, missing: begun },
    };
  }

  /**
   * Runs the read-only script with these arguments; `mark` is the first of them. Null where the shell
   * ended before the command began, or does not begin.
   */
  async run(args: readonly string[], signal: AbortSignal, host: HeldHost): Promise<Process | null> {
    const [itsMark = '', , path = '', variables, ...argv] = args;
    const [program = ''] = argv;
    const plain = variables === '0' && isPlain(program);
    const openings = plain ? this.#openings(itsMark, program) : { stdout: null, stderr: null };
    const mark = randomMark();
    const group = this.#last?.group() ?? '';
    let finished: (code: number) => void = () => undefined;
    const code = new Promise<number>((resolve) => {
      finished = resolve;
    });
    const settle = (): void => {
      if (current.stdout.open || current.stderr.open) return;
      this.#current = null;
      if (!plain && current.stdout.group() === null) this.close();
      if (!this.#closed) this.#onIdle();
    };
    const current: Current = {
      stdout: new Frame(this.#process.stdout, mark, openings.stdout, (words) => {
        finished(words === 'missing' ? 127 : Number(words));
        settle();
      }),
      stderr: new Frame(this.#process.stderr, mark, openings.stderr, settle),
    };
    this.#current = current;
    this.#last = current.stdout;
    const gone = this.#process.exit.then((exit): Exit => {
      this.#closed = true;
      current.stdout.cut();
      current.stderr.cut();
      return { code: null, lost: exit.lost ?? host.lost() };
    });
    const command = plain
      ? `p ${quoteLine([path, ...argv])} </dev/null; e "\${c:-$?}" ${mark}`
      : `r ${quoteLine(args)} </dev/null; e $? ${mark}`;
    // What the last command left behind could write into the output of this one.
    const line =
      group === '' ? command : `kill -0 -${group} 2>/dev/null && e busy ${mark} || { ${command}; }`;
    this.#process.stdin.write(`${this.#told ? '' : heldScript(this.#greeting)}${line}\n`);
    this.#told = true;
    if (!(await this.#begins({ current, plain, gone, signal, host }))) {
      this.unfit = this.#stat === null && !signal.aborted;
      this.close();
      return null;
    }
    return {
      stdin: new PassThrough().resume(),
      stdout: current.stdout.tap,
      stderr: current.stderr.tap,
      exit: Promise.race([code.then((code): Exit => ({ code, lost: null })), gone]),
      untimed: plain,
      // Once it has ended, the shell may be at work for another.
      abandon: () => {
        if (this.#current === current) this.close();
      },
    };
  }

  /** False where the shell is busy, gone or slow, or the command cancelled: whoever asked goes on without it. */
  async #begins({ current, plain, gone, signal, host }: Awaited): Promise<boolean> {
    const { stdout, stderr } = current;
    let timer: NodeJS.Timeout | undefined;
    const silent = new Promise<boolean>((resolve) => {
      timer = setTimeout(async () => {
        if (!(await host.answers())) return resolve(false);
        // It is at work by then, and would tell only of its end.
        if (!plain || this.#stat === null || this.#current !== current) return;
        stderr.begin();
        stdout.begin();
      }, quietMs);
    });
    const first = Promise.race([stdout.begun, gone.then(() => false), silent]);
    try {
      return await within(first, beginMs, () => new Error('the login shell is slow'), signal);
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#process.abandon();
  }
}
