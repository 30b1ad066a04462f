import type { Command } from 'commander';
import type { Session } from './session.js';

/** One command of the program. */
export interface CommandModule {
  /** Adds its arguments and options. */
  configure(command: Command): void;
  /** Adds what depends on the arguments themselves, such as a runbook's inputs. */
  prepare?(session: Session, command: Command, argv: readonly string[]): Promise<void>;
  /** Does it; answers the exit code. */
  run(
    session: Session,
    args: readonly string[],
    options: Options,
    command: Command,
  ): Promise<number>;
}

/** Values of the options, by commander's names. */
export type Options = Readonly<Record<string, unknown>>;

/** A text option; undefined where it was not given. */
export function textOption(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** A list option; empty where it was not given. */
export function listOption(options: Options, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** Collects a repeatable option. */
export function collect(value: string, before: unknown): string[] {
  return [...(Array.isArray(before) ? (before as string[]) : []), value];
}
