import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync } from 'node:fs';
import type { Bench } from '../client/e2e/bench.js';
import { filesBelow, foundIn } from '../client/e2e/canary.js';
import type { Violation } from './evidence.js';

/** Folder of the files that the values come from. */
const sources = 'sources';
/** Folder of files that runs are to write a value into. */
export const given = 'given';

/** A value that no other rig has, full of what must be written otherwise in JSON, URLs, shells and base64. */
function newValue(): string {
  return `cnry${randomBytes(6).toString('hex')} "q" 'a' <&> $HOME \\n ?/+ü`;
}

/** Secrets of a project: their values must be nowhere but in their sources, and with the commands that get them. */
export class Secrets {
  readonly #bench: Bench;
  readonly #values = new Map<string, string>();

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  get values(): readonly string[] {
    return [...this.#values.values()];
  }

  /** Gives the project another secret, as a file; the worker knows it from its next start on. Answers its value. */
  add(name: string): string {
    const value = newValue();
    this.#values.set(name, value);
    this.#bench.write(`${sources}/${name}`, `${value}\n`);
    chmodSync(this.#bench.path(sources, name), 0o600);
    const known = [...this.#values.keys()].map((one) => `  ${one}: { file: ${sources}/${one} }\n`);
    const text = `apiVersion: runbook/v1\nname: bench\nsecrets:\n${known.join('')}`;
    this.#bench.write('runbook.yaml', text);
    return value;
  }

  /**
   * I6: files of the bench that hold a value in any form: database and its log, logs of runs, of the worker and of
   * the server, archives, and what the command lines have said.
   */
  leaks(): Violation[] {
    const meant = [sources, given].map((folder) => `${this.#bench.path(folder)}/`);
    return filesBelow(this.#bench.folder)
      .filter((path) => !meant.some((folder) => path.startsWith(folder)))
      .filter((path) => foundIn(readFileSync(path), this.values).length > 0)
      .map((path) => ({ invariant: 'I6', what: `a secret is in ${path}` }));
  }
}
