import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalAnswer, LocalDecision } from '../../core/local.js';

/** How often decisions are looked for, ms. */
const everyMs = 100;

/** Decisions that other processes put into a folder, a file for each: `<id>.json`, answered by `<id>.answer`. */
export class Inbox {
  readonly #folder: string;
  readonly #take: (asked: LocalDecision) => Promise<string | null>;
  readonly #timer: NodeJS.Timeout;

  /** What lies there from before is thrown away: whoever asked has seen that process end. */
  constructor(folder: string, take: (asked: LocalDecision) => Promise<string | null>) {
    this.#folder = folder;
    this.#take = take;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { force: true });
    this.#timer = setInterval(() => this.#look(), everyMs);
  }

  #look(): void {
    for (const name of readdirSync(this.#folder)) {
      if (!name.endsWith('.json')) continue;
      const path = join(this.#folder, name);
      const asked = JSON.parse(readFileSync(path, 'utf8')) as LocalDecision;
      rmSync(path);
      void this.carryOut(asked);
    }
  }

  /** Has a decision taken, and answers it. */
  async carryOut(asked: LocalDecision, take = this.#take): Promise<void> {
    const refused = await take(asked);
    const path = join(this.#folder, `${asked.id}.answer`);
    writeFileSync(`${path}.tmp`, JSON.stringify({ refused } satisfies LocalAnswer), {
      mode: 0o600,
    });
    renameSync(`${path}.tmp`, path);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
