import type { Exit, Process } from '../shell.js';
import { HeldShell } from './held.js';

/** The most shells of one connection that are kept open. */
const most = 4;

/** What the connection does for the shells that are held on it. */
export interface HeldShellsDeps {
  /** Starts a shell in a session of its own. */
  open(signal: AbortSignal): Promise<Process>;
  /** Whether a session is free. */
  room(): boolean;
  /** Watches the host while an answer is awaited; answers what ends the watching. */
  watch(): () => void;
  /** Whether the host answers now. */
  answers(): Promise<boolean>;
  /** Called when a shell is free again. */
  rests(): void;
  /** Why the connection is gone, where it is. */
  lost(): Exit['lost'];
}

/** Shells on one connection that are kept open, for commands that only read. */
export class HeldShells {
  readonly #deps: HeldShellsDeps;
  #shells: HeldShell[] = [];
  /** Shells that are just being opened. */
  #opening = 0;
  /** When the last of them had begun its first command, and what it took until then, ms. */
  #opened = { at: 0, tookMs: Infinity };
  /** The login shell does not let shells be held. */
  #unfit = false;
  readonly #waiting = new Set<() => void>();

  constructor(deps: HeldShellsDeps) {
    this.#deps = deps;
  }

  /** How many are open, and have nothing to do. */
  get resting(): number {
    return this.#shells.filter((shell) => shell.idle).length;
  }

  /** Gives up the session of one that has nothing to do. */
  giveUpOne(): void {
    this.#shells.find((shell) => shell.idle)?.close();
  }

  /**
   * Runs the read-only script in one of them. Where all are at work it waits for as long as opening one took, and opens
   * one more then, one after the other: quick commands are not worth a session each, and slow ones hold nobody up for
   * long. Null where none is to be had, or where it ended before the command began.
   * @throws the signal's reason; what opening a session throws
   */
  async run(args: readonly string[], signal: AbortSignal): Promise<Process | null> {
    const began = performance.now();
    for (;;) {
      signal.throwIfAborted();
      for (const shell of this.#shells) if (shell.idle && shell.old) shell.close();
      this.#shells = this.#shells.filter((shell) => !shell.closed);
      if (this.#unfit) return null;
      const idle = this.#shells.find((shell) => shell.idle);
      // In the same turn: nobody else may take it meanwhile.
      if (idle !== undefined) return await this.#use(idle, args, signal);
      const some = this.#shells.length + this.#opening;
      const waited = performance.now() - Math.max(began, this.#opened.at);
      const left = this.#opened.tookMs - waited;
      if (some === 0 || (left <= 0 && this.#opening === 0)) {
        if (some >= most || !this.#deps.room()) return null;
        return await this.#useNew(args, signal);
      }
      await this.#change(left <= 0 ? Infinity : left, signal);
    }
  }

  async #useNew(args: readonly string[], signal: AbortSignal): Promise<Process | null> {
    const began = performance.now();
    this.#opening++;
    let process: Process;
    try {
      process = await this.#deps.open(signal);
    } finally {
      this.#opening--;
      this.#wake();
    }
    const shell = new HeldShell(process, () => {
      this.#deps.rests();
      this.#wake();
    });
    this.#shells.push(shell);
    const running = await this.#use(shell, args, signal);
    const at = performance.now();
    this.#opened = { at, tookMs: at - began };
    this.#wake();
    return running;
  }

  async #use(
    shell: HeldShell,
    args: readonly string[],
    signal: AbortSignal,
  ): Promise<Process | null> {
    const stopWatching = this.#deps.watch();
    try {
      return await shell.run(args, signal, {
        lost: () => this.#deps.lost(),
        answers: () => this.#deps.answers(),
      });
    } finally {
      stopWatching();
      this.#unfit ||= shell.unfit;
      this.#wake();
    }
  }

  /** Waits until something is another way than it was, for `ms` at most. */
  async #change(ms: number, signal: AbortSignal): Promise<void> {
    let wake = (): void => undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    this.#waiting.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    const timer = ms === Infinity ? undefined : setTimeout(wake, ms);
    try {
      await woken;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      this.#waiting.delete(wake);
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
