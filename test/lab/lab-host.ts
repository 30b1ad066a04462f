import type { Target } from '../../core/target.js';
import type { Verb } from '../../core/run/engine.js';
import type { LawCase } from '../laws.js';

/** A machine of the lab that is arranged by scripts. */
export interface LabHost {
  /** Runs a constant script on it as root; answers its standard output. */
  sh(script: string): Promise<string>;
  /**
   * Maker of situations: `clean` is a script that takes everything back before each and after it,
   * `look` one that prints what is compared.
   */
  stage(
    clean: string,
    look: string,
  ): (title: string, script: string, input: object, more?: Partial<LawCase>) => LawCase;
}

/** A machine of the lab, opened as the product opens it. */
export function createLabHost(open: (verb: Verb) => Target): LabHost {
  const sh = async (script: string): Promise<string> => {
    const options = { sudo: true, timeout: '2m' };
    return (await open('apply').run('sh', ['-euc', script], options)).stdout;
  };
  return {
    sh,
    stage:
      (clean, look) =>
      (title, script, input, more = {}) => ({
        title,
        arrange: async () => {
          await sh(`${clean}\n${script}`);
          return {
            target: open,
            input,
            snapshot: () => sh(look),
            cleanup: async () => {
              await sh(clean);
            },
          };
        },
        ...more,
      }),
  };
}
