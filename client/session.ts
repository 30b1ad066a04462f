import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CodecKey } from '../core/codec/keys.js';
import type { Files, Project } from '../core/definition/loader.js';
import {
  cacheFolder,
  filesOf,
  projectId,
  projectState,
  stateFolder,
} from '../core/definition/places.js';
import type { WorkerNeed } from './embedded/worker.js';
import type { Server } from './server/connection.js';
import type { Endpoint } from './server/endpoint.js';
import { chooseEndpoint, namedByEnvironment } from './server/endpoint.js';
import { findProject, type ProjectFolder } from './project-folder.js';
import { createOutput, silent, wantsColour, type Output } from './render/output.js';
import { createProgress, type Progress } from './render/progress.js';
import { buildStamp, packageFolder, system, whoami } from './system.js';
import { openArchive, type Archive } from './state/archive.js';
import { glyphsFor, type Glyphs } from './view/glyphs.js';
import type { Screen } from './view/step.js';
import { systemClock } from './view/time.js';

/** Flags that every command takes. */
export interface GlobalFlags {
  readonly project?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly plain?: boolean;
}

/** What a command works with: outputs, places, and on demand the project, the server and the worker. */
export class Session {
  readonly flags: GlobalFlags;
  readonly environment = process.env;
  readonly cwd = process.cwd();
  readonly package = packageFolder;
  readonly files: Files = filesOf(system);
  readonly state = stateFolder(system);
  readonly cache = cacheFolder(system);
  /** What was asked for. */
  readonly out: Output;
  /** What is said besides: progress, hints, errors. */
  readonly err: Output;
  readonly progress: Progress;
  readonly glyphs: Glyphs;
  readonly user = whoami(process.env);
  #server: Promise<Server> | null = null;
  #project: Promise<Project> | null = null;
  #signal: AbortSignal | null = null;

  constructor(flags: GlobalFlags) {
    this.flags = flags;
    const out = createOutput(process.stdout, wantsColour(process.stdout, process.env));
    this.out = flags.quiet === true && flags.json !== true ? silent(out) : out;
    this.err = createOutput(process.stderr, wantsColour(process.stderr, process.env));
    this.progress = createProgress(process.stderr, flags.quiet === true || flags.json === true);
    this.glyphs = glyphsFor(process.env);
  }

  /** True where a person sits in front of it: then it may ask, and draw in place. */
  get interactive(): boolean {
    const { json, quiet, plain } = this.flags;
    return (
      process.stdin.isTTY &&
      process.stdout.isTTY &&
      process.env['TERM'] !== 'dumb' &&
      !json &&
      !quiet &&
      !plain
    );
  }

  get screen(): Screen {
    return { columns: this.out.columns, glyphs: this.glyphs, clock: systemClock() };
  }

  get archive(): Archive {
    return openArchive(this.state);
  }

  get folder(): ProjectFolder {
    return findProject(this.flags.project, this);
  }

  /** State folder of the project. */
  get projectState(): string {
    return projectState(system, this.folder.path);
  }

  /** The project. @throws ProblemsError */
  project(): Promise<Project> {
    this.#project ??= this.#loadProject();
    return this.#project;
  }

  async #loadProject(): Promise<Project> {
    const { loadProject } = await import('../core/definition/loader.js');
    const { path } = this.folder;
    return loadProject(this.files, path, {
      state: this.projectState,
      cache: this.cache,
      package: this.package,
      id: projectId(system, path),
    });
  }

  /** Which server to talk to. Reads the project only where it has a say. */
  async endpoint(): Promise<Endpoint> {
    const { folder } = this;
    if (!folder.found) return chooseEndpoint(this.environment, undefined);
    const text = this.files.read(join(folder.path, 'runbook.yaml')) ?? '';
    const says = /^["']?server["']?\s*:/m.test(text);
    if (!says && !namedByEnvironment(this.environment)) return { kind: 'embedded' };
    return chooseEndpoint(this.environment, says ? (await this.project()).file.server : undefined);
  }

  /** Keys that payloads are encrypted with; none where nothing is configured. @throws PermanentError `keys-unavailable` */
  async keys(): Promise<readonly CodecKey[]> {
    const { folder } = this;
    const text = folder.found ? (this.files.read(join(folder.path, 'runbook.yaml')) ?? '') : '';
    const says = /^["']?codec["']?\s*:/m.test(text);
    const { configuredKeys, keysVariable } = await import('../core/codec/configured.js');
    if (!says && (this.environment[keysVariable] ?? '') === '') return [];
    const settings = says ? (await this.project()).file.codec : undefined;
    return configuredKeys(system, folder.path, settings);
  }

  /** The server, started where it is ours and does not run. @throws RunbookError `server-unavailable` */
  server(): Promise<Server> {
    this.#server ??= this.#openServer();
    return this.#server;
  }

  async #openServer(): Promise<Server> {
    const endpoint = await this.endpoint();
    const connection = await import('./server/connection.js');
    const keys = await this.keys();
    if (endpoint.kind === 'configured')
      return connection.connectConfigured(endpoint, this.environment, keys);
    const { ensureServer, runningServer, serverDied } = await import('./embedded/server.js');
    const seen = runningServer(this.state);
    const open = async (): Promise<Server> => {
      const embedded = await ensureServer({
        state: this.state,
        cache: this.cache,
        environment: this.environment,
        codec: keys.length > 0,
        say: (text) => this.progress.say(text),
        prepare: async (address, ended) =>
          (await import('./server/prepare.js')).prepareServer(address, ended),
      });
      return connection.connectEmbedded(embedded, keys);
    };
    try {
      return await open();
    } catch (error) {
      // One that was seen to run may have died before it answered.
      if (seen === null || !serverDied(this.state)) throw error;
      return await open();
    } finally {
      this.progress.done();
    }
  }

  /** Lets go of a server that does not answer any more: the next call opens it anew. */
  async forgetServer(): Promise<void> {
    const old = this.#server;
    this.#server = null;
    await old?.then((server) => server.close()).catch(() => undefined);
  }

  /** Sees to it that the project's worker runs, where the server is ours. @throws RunbookError `worker-unavailable` */
  async worker(): Promise<void> {
    const server = await this.server();
    if (server.embedded === null) return;
    const { needOf } = await import('./embedded/need.js');
    await this.#ensureWorker(
      server,
      this.projectState,
      needOf(await this.project(), await this.keys()),
    );
  }

  /** Sees to it that the worker of a run's task queue runs, whatever project this is called from. */
  async workerOf(taskQueue: string): Promise<void> {
    const server = await this.server();
    if (server.embedded === null) return;
    const { projectOfQueue } = await import('./embedded/worker.js');
    const known = projectOfQueue(this.state, taskQueue);
    if (known !== null) await this.#ensureWorker(server, known.projectState, known.need);
  }

  async #ensureWorker(server: Server, projectState: string, need: WorkerNeed): Promise<void> {
    const { ensureWorker } = await import('./embedded/worker.js');
    mkdirSync(projectState, { recursive: true, mode: 0o700 });
    try {
      await ensureWorker(
        {
          state: this.state,
          cache: this.cache,
          projectState,
          package: this.package,
          environment: this.environment,
          stamp: buildStamp(),
          address: server.address,
          say: (text) => this.progress.say(text),
        },
        need,
      );
    } finally {
      this.progress.done();
    }
  }

  /** Aborted by the first Ctrl-C; a second one ends the program at once. */
  get signal(): AbortSignal {
    if (this.#signal !== null) return this.#signal;
    const controller = new AbortController();
    const onSignal = (): void => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new Error('interrupted'));
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    this.#signal = controller.signal;
    return controller.signal;
  }

  /** True after Ctrl-C. */
  get interrupted(): boolean {
    return this.#signal?.aborted === true;
  }

  async close(): Promise<void> {
    this.progress.done();
    await this.forgetServer();
  }
}
