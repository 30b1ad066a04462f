import { createHash } from 'node:crypto';
import type { CommandEnd } from '../../core/run/log.js';
import type { Verb } from '../../core/run/engine.js';
import type { LogFile, NewEntry } from './file.js';
import { createCutter } from './pieces.js';
import { createRedactor, type Redactor } from './redact.js';

/** Whose log it is: one attempt at one verb of one step. */
export interface LogOwner {
  /** Id of the run. */
  readonly run: string;
  readonly step: string;
  readonly verb: Verb;
  readonly attempt: number;
  /** Values that must not be written; commands may have more of their own. */
  readonly secrets?: readonly string[];
}

/** What a command is when it begins. */
export interface CommandStart {
  readonly target: string;
  /** A line to paste, without secrets. */
  readonly line: string;
  /** The same without what leads to the target; as `line` unless told. */
  readonly brief?: string;
  /** For its output: from {@link StepLog.redactor}. */
  readonly redactor: Redactor;
  /** True: the output is counted, and not kept. */
  readonly quiet?: boolean;
}

/** How a command ended, as far as the log does not know by itself. */
export interface CommandOutcome {
  readonly code: number | null;
  readonly durationMs: number;
}

/** The log of one running command. */
export interface CommandLog {
  /** Takes a piece of output. Where a promise comes back, the caller should wait for it before it sends more. */
  stdout(chunk: Buffer): Promise<void> | undefined;
  stderr(chunk: Buffer): Promise<void> | undefined;
  /** Something that a reader should know about this command. */
  note(text: string): void;
  /**
   * Ends it, and waits until all of it is written.
   * @throws RunbookError `log-unwritable` where a part of it was lost
   */
  end(outcome: CommandOutcome): Promise<CommandEnd>;
}

/** The log of one attempt at one verb of one step. */
export interface StepLog {
  /** Knows the attempt's secrets, and `more` of one command. */
  redactor(more: readonly string[]): Redactor;
  /**
   * Begins a command: its line is written before this settles.
   * @throws RunbookError `log-unwritable`: then the command must not be started
   */
  command(start: CommandStart): Promise<CommandLog>;
  /** @throws RunbookError `log-unwritable` */
  note(text: string, target?: string): Promise<void>;
}

interface Sink {
  readonly file: LogFile;
  readonly limitBytes: number;
  readonly now: () => Date;
}

type Body = Pick<NewEntry, 'kind'> & Readonly<Record<string, unknown>>;

function cap(limitBytes: number): string {
  return `the log of this run has reached its limit of ${limitBytes} bytes: from here on output is counted, not kept`;
}

class OpenCommand implements CommandLog {
  readonly #sink: Sink;
  readonly #write: (body: Body) => number;
  readonly #seq: number;
  readonly #quiet: boolean;
  readonly #failures: number;
  readonly #redactor: Redactor;
  readonly #hash = createHash('sha256');
  readonly #streams;
  #full = false;

  constructor(sink: Sink, write: (body: Body) => number, start: CommandStart) {
    const { redactor, line, brief = line } = start;
    this.#sink = sink;
    this.#failures = sink.file.failures;
    this.#write = write;
    this.#quiet = start.quiet ?? false;
    this.#redactor = redactor;
    this.#streams = {
      stdout: { bytes: 0, redaction: redactor.stream(), cutter: createCutter() },
      stderr: { bytes: 0, redaction: redactor.stream(), cutter: createCutter() },
    };
    this.#seq = write({ kind: 'command', text: line, ...(brief === line ? {} : { brief }) });
  }

  stdout(chunk: Buffer): Promise<void> | undefined {
    if (!this.#quiet) this.#hash.update(chunk);
    return this.#output('stdout', chunk);
  }

  stderr(chunk: Buffer): Promise<void> | undefined {
    return this.#output('stderr', chunk);
  }

  #output(kind: 'stdout' | 'stderr', chunk: Buffer): Promise<void> | undefined {
    const stream = this.#streams[kind];
    stream.bytes += chunk.length;
    if (!this.#keeps()) return undefined;
    this.#keep(kind, stream.redaction.push(chunk));
    return this.#sink.file.room();
  }

  #keep(kind: 'stdout' | 'stderr', bytes: Buffer): void {
    for (const piece of this.#streams[kind].cutter.push(bytes)) {
      this.#write({ kind, of: this.#seq, ...piece });
    }
  }

  #keeps(): boolean {
    if (this.#quiet || this.#full) return false;
    if (this.#sink.file.size < this.#sink.limitBytes) return true;
    this.#full = true;
    this.note(cap(this.#sink.limitBytes));
    return false;
  }

  note(text: string): void {
    this.#write({ kind: 'note', of: this.#seq, text: this.#redactor.text(text) });
  }

  async end(outcome: CommandOutcome): Promise<CommandEnd> {
    for (const kind of ['stdout', 'stderr'] as const) {
      if (!this.#keeps()) break;
      this.#keep(kind, this.#streams[kind].redaction.end());
      for (const piece of this.#streams[kind].cutter.end()) {
        this.#write({ kind, of: this.#seq, ...piece });
      }
    }
    const exit: CommandEnd = {
      code: outcome.code,
      durationMs: Math.round(outcome.durationMs * 10) / 10,
      stdoutBytes: this.#streams.stdout.bytes,
      stderrBytes: this.#streams.stderr.bytes,
      sha256: this.#quiet ? null : this.#hash.digest('hex'),
    };
    const { file } = this.#sink;
    const lost = file.failures > this.#failures;
    this.#write({ kind: 'exit', of: this.#seq, exit });
    if (lost) this.note('a part of the output above is missing: the log could not be written');
    await file.flush();
    if (lost) throw file.lost();
    return exit;
  }
}

/** The log of one attempt at one verb of one step, written to `sink`. */
export function createStepLog(sink: Sink, owner: LogOwner): StepLog {
  const secrets = owner.secrets ?? [];
  const writer =
    (target: string | null) =>
    (body: Body): number => {
      const { step, verb, attempt } = owner;
      const at = sink.now().toISOString();
      return sink.file.append({ at, step, verb, attempt, target, ...body } as NewEntry);
    };
  const own = createRedactor(secrets);
  return {
    redactor: (more) => (more.length === 0 ? own : createRedactor([...secrets, ...more])),
    command: async (start) => {
      await sink.file.open();
      const command = new OpenCommand(sink, writer(start.target), start);
      await sink.file.flush();
      return command;
    },
    note: async (text, target) => {
      await sink.file.open();
      writer(target ?? null)({ kind: 'note', text: own.text(text) });
      await sink.file.flush();
    },
  };
}
