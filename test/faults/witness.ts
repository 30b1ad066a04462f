import { appendFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { Bench } from '../client/e2e/bench.js';

/** A bench that keeps all that its command lines have said, in the file `said`. */
export class Witness extends Bench {
  override spawn(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const child = super.spawn(args, env);
    const keep = (chunk: Buffer | string): void => appendFileSync(this.path('said'), chunk);
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    return child;
  }
}
