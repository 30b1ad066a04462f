import { afterAll } from '@jest/globals';
import type { LawCase } from '../laws.js';
import { createSandbox, type Sandbox } from './sandbox.js';

/** A sandbox shared by the situations of a test file: arranging anew is quicker than making anew. */
export interface Stage {
  sandbox(): Promise<Sandbox>;
  /** A situation made by a constant script, after everything was taken back. */
  situation(title: string, script: string, input: object, more?: Partial<LawCase>): LawCase;
}

/**
 * The stage of a test file: `clean` is a script that takes everything back before each situation,
 * `look` one that prints what is compared.
 */
export function createStage(
  clean: string,
  look: string,
  create: () => Promise<Sandbox> = createSandbox,
): Stage {
  let made: Promise<Sandbox> | undefined;
  const sandbox = (): Promise<Sandbox> => (made ??= create());
  afterAll(async () => {
    await (await made)?.stop();
  });
  return {
    sandbox,
    situation: (title, script, input, more = {}) => ({
      title,
      arrange: async () => {
        const { open, sh } = await sandbox();
        // The product's own record of what ran here would only grow from one world to the next.
        await sh(`rm -rf /run/runbook\n${clean}\n${script}`);
        return { target: open, input, snapshot: () => sh(look), cleanup: () => Promise.resolve() };
      },
      ...more,
    }),
  };
}
