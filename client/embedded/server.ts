import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { keysVariable } from '../../core/codec/configured.js';
import { PermanentError, RunbookError } from '../../core/errors.js';
import { openRuns } from '../state/open.js';
import { findBinary, isExecutable, type Binary } from './binary.js';
import { buildBinary } from './build.js';
import { output } from './command.js';
import { readJson, writeJson } from './json-file.js';
import { withLock } from './lock.js';
import { serverPlaces, type ServerPlaces } from './places.js';
import { choosePorts, type Ports } from './ports.js';
import { isRunning, type ProcessMark } from './process.js';
import { lastWords, startInBackground, type Background } from './spawn.js';
import { serverArgs } from './server-args.js';

/** A server that runs for this state folder. */
export interface EmbeddedServer {
  readonly process: ProcessMark;
  readonly address: string;
  readonly ui: string;
  /** Version of the Temporal server. */
  readonly version: string;
  readonly binary: string;
  readonly startedAt: string;
  /** True from when it was told to stop on purpose: nobody is to begin anything with it. */
  readonly stopping?: boolean;
}

/** What starting a server needs. */
export interface ServerDeps {
  readonly state: string;
  readonly cache: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** True where payloads are encrypted: the Web UI is told of `runbook codec serve`. */
  readonly codec: boolean;
  /** Tells what takes long; empty when it is over. */
  say(text: string): void;
  /** Waits until the server answers and prepares its namespace. Rejects when it does not within so long. */
  prepare(address: string, ended: () => string | null): Promise<void>;
}

function knownServer(state: string): EmbeddedServer | null {
  return readJson(serverPlaces(state).status) as EmbeddedServer | null;
}

/** The server that runs; null where none does, and where it is being stopped. */
export function runningServer(state: string): EmbeddedServer | null {
  const known = knownServer(state);
  return known !== null && known.stopping !== true && isRunning(known.process) ? known : null;
}

/** True where a server was running and has not been stopped: then it died. */
export function serverDied(state: string): boolean {
  const known = knownServer(state);
  return known !== null && known.stopping !== true && !isRunning(known.process);
}

/**
 * The server of this state folder, started where none runs. Two that ask at once get the same one.
 * @throws PermanentError `server-unavailable`.
 */
export async function ensureServer(deps: ServerDeps): Promise<EmbeddedServer> {
  const known = runningServer(deps.state);
  if (known !== null) return known;
  const places = serverPlaces(deps.state);
  mkdirSync(deps.state, { recursive: true, mode: 0o700 });
  const wait = (pid: number): void =>
    deps.say(`another runbook (process ${pid}) is starting or stopping the server`);
  return withLock(
    places.lock,
    async () => {
      const meanwhile = runningServer(deps.state);
      if (meanwhile !== null) return meanwhile;
      const left = notStopped(deps.state, places);
      if (left !== null) return left;
      const binary = await haveBinary(deps, places);
      refuseOtherVersion(deps.state, places, binary);
      return start(deps, places, binary);
    },
    { onWait: wait },
  );
}

/** A server that was to be stopped by somebody who was stopped first: it goes on. */
function notStopped(state: string, places: ServerPlaces): EmbeddedServer | null {
  const known = knownServer(state);
  if (known === null || !isRunning(known.process)) return null;
  const { stopping: _, ...server } = known;
  writeJson(places.status, server);
  return server;
}

async function haveBinary(deps: ServerDeps, places: ServerPlaces): Promise<Binary> {
  const { environment, cache } = deps;
  const looking = {
    environment,
    cache,
    isExecutable,
    versionText: (path: string) => output(path, ['--version']),
  };
  const found = await findBinary(looking);
  if ('path' in found) return found;
  const begun = Date.now();
  const path = await buildBinary({ cache, log: places.buildLog }, environment, found, (packages) =>
    deps.say(
      `building the Temporal server, once, some minutes: ${packages} packages, ${Math.round((Date.now() - begun) / 1000)} s`,
    ),
  );
  const built = await findBinary({ ...looking, environment: { RUNBOOK_TEMPORAL_CLI: path } });
  if ('path' in built) return built;
  throw new PermanentError(
    'server-unavailable',
    `the Temporal CLI that was built does not run: ${path}`,
  );
}

/** A database is read by the version that made it alone: another would lose sight of what is open in it. */
function refuseOtherVersion(state: string, places: ServerPlaces, binary: Binary): void {
  if (existsSync(places.database(binary.version))) return;
  const others = readdirSync(places.folder)
    .map((name) => /^temporal-(\d+\.\d+\.\d+)\.db$/.exec(name)?.[1])
    .filter((version) => version !== undefined);
  const open = openRuns(state).filter(
    ({ server }) => server !== null && server !== binary.version && others.includes(server),
  );
  const [first] = open;
  if (first === undefined) return;
  const names = open.map(({ run }) => run).slice(0, 5);
  throw new PermanentError(
    'server-unavailable',
    `${open.length} ${open.length === 1 ? 'run is' : 'runs are'} open on server ${first.server} (${names.join(', ')}), ` +
      `and ${binary.path} has server ${binary.version}, which cannot read that database`,
    {
      hint:
        'name the old Temporal CLI with RUNBOOK_TEMPORAL_CLI and let them end, ' +
        'or give them up: runbook dev start --abandon-runs',
    },
  );
}

async function start(
  deps: ServerDeps,
  places: ServerPlaces,
  binary: Binary,
): Promise<EmbeddedServer> {
  const { environment } = deps;
  const wanted = {
    port: portOf(environment, 'RUNBOOK_TEMPORAL_PORT'),
    ui: portOf(environment, 'RUNBOOK_UI_PORT'),
  };
  const ports = await choosePorts(deps.state, wanted, readJson(places.ports) as Ports | null);
  if (ports === null) {
    throw new RunbookError(
      'server-unavailable',
      `the ports for the server are taken: ${[wanted.port, wanted.ui].filter((p) => p !== null).join(', ')}`,
      { hint: 'free them, or set others with RUNBOOK_TEMPORAL_PORT and RUNBOOK_UI_PORT' },
    );
  }
  const help = (await output(binary.path, ['server', 'start-dev', '--help'])) ?? '';
  deps.say('starting the Temporal server');
  const background = startInBackground(
    binary.path,
    serverArgs(ports, places.database(binary.version), help, deps.codec),
    // The server is the one that must not have the keys.
    { log: places.log, cwd: deps.state, env: { ...environment, [keysVariable]: undefined } },
  );
  const address = `127.0.0.1:${ports.port}`;
  try {
    await deps.prepare(address, background.ended);
  } catch (error) {
    throw didNotStart(background, places, error);
  }
  if (background.process === null) throw didNotStart(background, places, null);
  const server: EmbeddedServer = {
    process: background.process,
    address,
    ui: `http://127.0.0.1:${ports.ui}`,
    version: binary.version,
    binary: binary.path,
    startedAt: new Date().toISOString(),
  };
  writeJson(places.ports, ports);
  writeJson(places.status, server);
  if (!existsSync(`${places.database(binary.version)}-wal`))
    deps.say(`warning: the server ignores its write-ahead log settings: see ${places.log}`);
  return server;
}

function didNotStart(background: Background, places: ServerPlaces, error: unknown): RunbookError {
  const last = lastWords(places.log);
  const why = background.ended() ?? (error instanceof Error ? error.message : 'it does not answer');
  return new RunbookError(
    'server-unavailable',
    `the Temporal server did not start: ${why}${last === '' ? '' : `: ${last}`}`,
    { hint: `see ${places.log}`, cause: error },
  );
}

function portOf(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
): number | null {
  const text = environment[name];
  if (text === undefined || text === '') return null;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new PermanentError('usage', `${name} is not a port: ${text}`);
}
