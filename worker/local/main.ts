import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Catalog } from '../../activities/catalog.js';
import { resolve } from '../../activities/definition.js';
import { createLogStore } from '../../activities/log/store.js';
import { createSecretStore } from '../../activities/secrets/store.js';
import { createTargetAccess } from '../../activities/targets/access.js';
import { loadProject } from '../../core/definition/loader.js';
import {
  cacheFolder,
  filesOf,
  projectId,
  projectState,
  stateFolder,
} from '../../core/definition/places.js';
import { archiveName } from '../../core/file-name.js';
import {
  localExits,
  localLeases,
  localPlaces,
  type LocalBeginning,
  type LocalDecision,
  type LocalOrder,
} from '../../core/local.js';
import { surroundings } from '../../core/run/request.js';
import { plugins } from '../../plugins/index.js';
import { createArchive } from '../archive.js';
import { createLibrary } from '../library.js';
import { stamp } from '../stamp.js';
import { packageFolder, system } from '../system.js';
import type { Fact } from './entry.js';
import { Inbox } from './inbox.js';
import { openJournal, readJournal } from './journal.js';
import { createLocalLeases } from './leases.js';
import { undoBeginning } from './past.js';
import { planLocally } from './plan.js';
import { runLocally } from './run.js';
import { lastPulses, SightWriter } from './sight.js';
import { createWorld } from './world.js';

// The process of one run without a server. It loads nothing of Temporal, and opens no port.

const { values } = parseArgs({
  options: { project: { type: 'string' }, run: { type: 'string' } },
});
const { project: projectFolder = '.', run = '' } = values;
const state = stateFolder(system);
const places = localPlaces(state, run);
const files = filesOf(system);
const folder = system.resolve(projectFolder);
const project = loadProject(files, folder, {
  state: projectState(system, folder),
  cache: cacheFolder(system),
  package: packageFolder,
  id: projectId(system, folder),
});
const access = createTargetAccess({
  stateDir: state,
  knownHosts: project.knownHosts,
  scope: project.id,
  path: (process.env['PATH'] ?? '').split(delimiter).filter((path) => path.startsWith('/')),
});
const logs = createLogStore({ dir: join(state, 'logs'), worker: 'local' });
const secrets = createSecretStore(project.file.secrets ?? {}, {
  folder: project.folder,
  environment: process.env,
  resolve: (path) => files.resolve(project.folder, path),
});
const catalog = new Catalog(plugins);
const library = createLibrary(files, project);
const leases = createLocalLeases(localLeases(state), async (other) => {
  // The run of an item lives with the one that everything began with.
  const [root = other] = other.split('/');
  const ended = [root, other].some((one) =>
    existsSync(join(state, 'archive', `${archiveName(one)}.json`)),
  );
  return ended || !existsSync(localPlaces(state, root).journal);
});

const worldOf = (begin: LocalBeginning, one: string) =>
  createWorld({
    run: one,
    startedAt: begin.startedAt,
    request: begin.request,
    catalog,
    access,
    logs,
    secrets,
    library,
    leases,
    archive: createArchive(join(state, 'archive')),
    notify: { logs: join(state, 'logs'), folder: project.folder, environment: process.env },
  });
const resolved = ({ request }: LocalBeginning) =>
  resolve(catalog, library, request.runbook, request.inputs, surroundings(request));

/** What it is told to do, and when it is told to stop: at the end of its standard input. */
const input = createInterface({ input: process.stdin });
const told = new Promise<LocalOrder | null>((resolve) => {
  input.once('line', (line) => resolve(JSON.parse(line) as LocalOrder));
  input.once('close', () => resolve(null));
});
let stop = (): void => process.exit(localExits.done);
input.once('close', () => stop());

const now = (): string => new Date().toISOString();

/** How it is begun; null for one that has a journal. */
async function beginningOf({ begin, undo }: LocalOrder): Promise<LocalBeginning | null> {
  if (undo === undefined) return begin;
  const path = localPlaces(state, undo.of).journal;
  const { entries } = readJournal(path, await readFile(path));
  return undoBeginning(run, entries, undo);
}

async function runIt(order: LocalOrder): Promise<void> {
  const { decision } = order;
  const begin = await beginningOf(order);
  const journal = await openJournal(places.journal);
  let sight: SightWriter | null = null;
  let inbox: Inbox | null = null;
  const fresh: Extract<Fact, { type: 'run' }> | null =
    begin === null ? null : { type: 'run', version: 1, run, build: stamp(), begin };
  await runLocally(
    {
      journal,
      resolve: resolved,
      world: worldOf,
      now,
      pulses: lastPulses(places.sight),
      show: (seen) => {
        sight ??= new SightWriter(places.sight, seen);
        sight.see(seen);
      },
      steer: (drive) => {
        stop = () => drive.stop();
        const take = async (asked: LocalDecision, orStop = false): Promise<string | null> => {
          const refused = await drive.decide(asked.run, asked.decision, orStop);
          // Whoever has an answer must not see the run as it was before.
          await new Promise((resolve) => setImmediate(resolve));
          sight?.write();
          return refused;
        };
        inbox = new Inbox(places.inbox, take);
        if (decision !== null) void inbox.carryOut(decision, (asked) => take(asked, true));
      },
    },
    fresh,
  );
  (sight as SightWriter | null)?.close();
  (inbox as Inbox | null)?.close();
  await journal.close();
}

const order = await told;
if (order === null) process.exit(localExits.done);
try {
  if (order.task === 'plan' && order.begin !== null) {
    const { begin } = order;
    const plan = await planLocally(run, begin, resolved(begin), worldOf(begin, run), now);
    process.stdout.write(`${JSON.stringify({ plan })}\n`);
  } else await runIt(order);
  await access.close();
  await logs.close();
  process.exit(localExits.done);
} catch (error) {
  const { failureOf } = await import('../../core/run/run.js');
  const failure = failureOf(error);
  process.stderr.write(`${JSON.stringify({ failure })}\n`);
  if (failure.code === 'internal' && error instanceof Error)
    process.stderr.write(`${error.stack ?? ''}\n`);
  process.exit(localExits.failed);
}
