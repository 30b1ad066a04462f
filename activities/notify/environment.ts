import { RunbookError } from '../../core/errors.js';

/** The environment of the worker. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A value of the settings: as it is, or named by an environment variable where it is a secret. */
export type Setting = string | { readonly env: string };

/** Values of settings, those of the environment collected so that no message shows them. */
export class Settings {
  readonly secrets: string[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** @throws RunbookError `not-delivered` where the variable is not set */
  value(setting: Setting): string {
    if (typeof setting === 'string') return setting;
    // A file that was read into a variable often brings its newline along.
    const value = this.#environment[setting.env]?.trim() ?? '';
    if (value === '') {
      throw new RunbookError(
        'not-delivered',
        `the environment variable ${setting.env} is not set where the worker runs`,
        { hint: `set ${setting.env} and start the worker again` },
      );
    }
    this.secrets.push(value);
    return value;
  }
}
