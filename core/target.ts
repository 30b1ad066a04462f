import type { ErrorCode } from './errors.js';

/** What a step acts on: a machine, or a Kubernetes cluster. */
export type TargetKind = 'host' | 'cluster';

/** How one command is to be run. */
export interface CommandOptions {
  /** The longest the command may take, such as `30s` or milliseconds; `30s` unless told. At the end its whole process group is stopped. */
  readonly timeout?: string | number;
  /** Bytes for standard input; nothing (an empty input) unless told. */
  readonly input?: string | Uint8Array;
  /** Run as root through `sudo -n` where the login user is not root. */
  readonly sudo?: boolean;
  /** Exit codes that are an answer, not a failure; `[0]` unless told, `'any'` for all. */
  readonly exits?: readonly number[] | 'any';
  /** Values that must not appear in logs, errors or messages. */
  readonly secrets?: readonly string[];
  /** Environment variables besides `LC_ALL=C` and a plain `PATH`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Bytes of each stream handed back to the action; 4 MiB unless told. Everything goes to the run's log. */
  readonly capture?: number;
  /** `quiet` keeps the output (not the command line) out of the log: for outputs that carry keys. */
  readonly log?: 'full' | 'quiet';
  /** Error code to fail with where the exit code is not accepted; `command-failed` unless told. */
  readonly failure?: ErrorCode;
}

/** What a command answered. */
export interface CommandResult {
  readonly exitCode: number;
  /** Standard output, decoded as UTF-8 for reading; invalid bytes become U+FFFD. */
  readonly stdout: string;
  readonly stderr: string;
  /** True where a stream was longer than `capture`: then it holds its beginning only. */
  readonly truncated: boolean;
  readonly durationMs: number;
}

/** Facts that the inventory states about a target. */
export type Vars = Readonly<Record<string, unknown>>;

/**
 * The only door of an action to the world. Argument lists only, never shell text: every argument
 * arrives at the tool byte for byte. Runs without a terminal, with `LC_ALL=C`, in bounded time.
 */
export interface Target {
  /** Name in the inventory; `local` is the worker's own machine. */
  readonly name: string;
  readonly kind: TargetKind;
  /** For a host: the cluster it belongs to, if any. For a cluster: its own name. */
  readonly cluster: string | null;
  /** For a host: its address as the inventory states it; null for a cluster or a local target. */
  readonly address: string | null;
  /** `vars` of the inventory. */
  readonly vars: Vars;

  /**
   * Runs a command on a host; on a cluster one of `kubectl`, `helm` and `cilium`, with kubeconfig and
   * context set explicitly (never pass them yourself).
   * @throws RunbookError `command-failed` (exit code not in `exits`), `command-timeout`, `tool-missing`
   *   (permanent), `unreachable`, `login-failed`, `host-key-unknown`, `host-key-changed`,
   *   `cluster-mismatch` (all four permanent), `output-too-large`.
   */
  run(command: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult>;

  /**
   * Runs a command whose standard output is one JSON value, and parses it.
   * @throws as {@link run}; `action-failed` where the output is not JSON.
   */
  json<T = unknown>(command: string, args: readonly string[], options?: CommandOptions): Promise<T>;
}
