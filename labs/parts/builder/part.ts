import type { CommandOptions } from './command.js';

/** JSON that can be summed into a key. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** What a part wants of the host, checked before anything is built. */
export type Requirement = 'go' | 'root' | 'debootstrap';

/** A fact of the host that changes what comes out, so that it belongs into the key. */
export type KeyFact = 'go' | 'debian';

/** One thing that is made once and kept: a folder in the cache. */
export interface Part {
  /** Also the folder of its sources, `labs/parts/<name>`, and of its builds in the cache. */
  readonly name: string;
  readonly summary: string;
  /** Parts that this one reads. They are built first, and their keys enter its key. */
  readonly needs: readonly string[];
  readonly requires: readonly Requirement[];
  readonly facts: readonly KeyFact[];
  /** Folders under labs/parts whose files (other than TypeScript and markdown) determine the output. Default: its own. */
  readonly sources?: readonly string[];
  /** What else determines the output: package lists, flags, and a `revision` to raise when the code of its recipe changes. */
  readonly recipe: Json;
  /** Path in `current/` → path in the build. Files are hard-linked, links are copied, folders become symbolic links. */
  readonly publishes: Readonly<Record<string, string>>;
  /** One cold build on two idle cores: seconds, bytes that stay, and bytes that are needed while it is built. */
  readonly measured: {
    readonly seconds: number;
    readonly bytes: number;
    readonly peakBytes: number;
  };
  build(work: Work): Promise<void>;
}

/** What a recipe is given. */
export interface Work {
  /** An empty folder to fill; it becomes the build when `build` returns. */
  readonly out: string;
  /** An empty folder on the same file system, removed in any case. */
  readonly scratch: string;
  /** Go build cache of this part. */
  readonly goBuild: string;
  readonly signal: AbortSignal;
  readonly facts: Facts;
  /** Folder of a part named in `needs`. */
  built(part: string): string;
  /** Says what is being done now. */
  doing(what: string): void;
  /** Runs a command to its end, its output going to the part's log; throws unless it exits 0. Returns stdout. */
  run(file: string, args: readonly string[], options?: CommandOptions): Promise<string>;
  /** Starts a command that is stopped when the returned `stop` is called, or the build ends. */
  start(file: string, args: readonly string[], options?: CommandOptions): Running;
}

export interface Running {
  /** True while the process lives. */
  alive(): boolean;
  /** SIGTERM to its group, SIGKILL after some seconds; returns when it is gone. */
  stop(): Promise<void>;
}

/** Facts of the host, as far as they could be found. */
export interface Facts {
  readonly go?: GoFacts;
  readonly debian?: DebianFacts;
}

export interface GoFacts {
  /** As `go env GOVERSION` says: `go1.26.8`. */
  readonly version: string;
  readonly os: string;
  /** Go's name of the architecture, `amd64`; container images use the same names. */
  readonly arch: string;
}

export interface DebianFacts {
  /** `ID` of os-release: `debian`, `ubuntu`. */
  readonly distribution: string;
  /** `VERSION_CODENAME` of os-release: `bookworm`. */
  readonly suite: string;
  /** Node's name of the architecture: `x64`. */
  readonly arch: string;
}
