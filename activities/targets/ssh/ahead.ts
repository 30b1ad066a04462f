import { asRoot } from '../as-root.js';
import { quoteLine } from '../quote.js';
import { changeScript, scriptArgv } from '../scripts.js';
import type { Process } from '../shell.js';

/** A change that follows another within this time is taken for one of several, ms. */
const soonMs = 10_000;
/** How long after the end of a change the next session is opened: the look that follows the change goes first, ms. */
const afterMs = 5;
/** Longer arguments have a session of their own: a shell reads its input byte by byte. */
const maxLength = 8192;

/**
 * Has read and parsed the program before it waits for its arguments: the number of their lines, then those. It ends
 * where they do not come, or not whole.
 */
const waitingScript = `change() {
${changeScript}}
words=
IFS= read -r lines || exit 125
while [ "$lines" -gt 0 ]; do
  IFS= read -r line || exit 125
  words="$words$line
"
  lines=$((lines - 1))
done
eval "change $words"
`;

/** What the connection does for a session that waits. */
export interface AheadDeps {
  /** Starts a program in a session of its own; null where none is free. */
  open(argv: readonly string[]): Promise<Process | null>;
}

/**
 * A session on a host that waits for the next change, opened while the change before is being reported: the way there,
 * a login shell and the parsing of the script do not stand in the way then. There is one only where changes follow
 * each other, and nothing of a change is decided before its arguments are there.
 */
export class Ahead {
  readonly #deps: AheadDeps;
  #waiting: { readonly process: Process; readonly sudo: boolean } | null = null;
  #opening = false;
  /** No more are opened: the connection is closed, or the host ends sessions that wait. */
  #done = false;
  #last = -Infinity;
  #timers = new Set<NodeJS.Timeout>();

  constructor(deps: AheadDeps) {
    this.#deps = deps;
  }

  /** How many sessions wait. */
  get resting(): number {
    return this.#waiting === null ? 0 : 1;
  }

  /** Runs changeScript with these arguments in the session that waits; null where there is none for it. */
  run(args: readonly string[], sudo: boolean): Process | null {
    const text = quoteLine(args);
    const waiting = this.#waiting;
    if (waiting === null || waiting.sudo !== sudo || text.length > maxLength) return null;
    this.#waiting = null;
    waiting.process.stdin.write(`${text.split('\n').length}\n${text}\n`);
    return waiting.process;
  }

  /** A change has ended: where another had just before, the next is expected. */
  ended(sudo: boolean): void {
    const now = performance.now();
    const soon = now - this.#last < soonMs;
    this.#last = now;
    if (soon) this.#after(afterMs, () => void this.#open(sudo));
  }

  async #open(sudo: boolean): Promise<void> {
    if (this.#done || this.#opening || this.#waiting !== null) return;
    this.#opening = true;
    try {
      const argv = scriptArgv(waitingScript, []);
      const process = await this.#deps.open(sudo ? asRoot(argv) : argv);
      if (process === null) return;
      if (this.#done) return process.abandon();
      const waiting = { process, sudo };
      this.#waiting = waiting;
      process.stdin.on('error', () => undefined);
      void process.exit.then(() => this.#ended(waiting));
      this.#after(soonMs, () => {
        if (this.#waiting === waiting) this.giveUp();
      });
    } finally {
      this.#opening = false;
    }
  }

  /** A host that ends a session that waits is left alone. */
  #ended(waiting: object): void {
    if (this.#waiting !== waiting) return;
    this.#waiting = null;
    this.#done = true;
  }

  #after(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, ms).unref();
    this.#timers.add(timer);
  }

  /** Ends the session that waits. */
  giveUp(): void {
    this.#waiting?.process.abandon();
    this.#waiting = null;
  }

  close(): void {
    this.#done = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.giveUp();
  }
}
