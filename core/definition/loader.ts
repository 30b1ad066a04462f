import { isObject, type JsonObject } from '../json.js';
import type { Approvers } from '../run/approvers.js';
import { localHost } from '../run/frame.js';
import { fill } from '../run/expression.js';
import {
  inventorySchema,
  type ClusterSpec,
  type HostFile,
  type HostSpec,
  type Inventory,
  type InventoryFile,
} from './inventory.js';
import { loadApprovers } from './approvers.js';
import { didYouMean } from './nearest.js';
import type { Problem } from './problem.js';
import { projectSchema, type ProjectFile } from './project.js';
import { runbookSchema, type Runbook } from './runbook.js';
import { inSource, parseWith } from './schema.js';
import { readSource, type Source } from './source.js';

/** The file system, as far as loading needs it. Paths are absolute, with `/`. */
export interface Files {
  /** Text of a file; null when there is none. @throws where it cannot be read. */
  read(path: string): string | null;
  /** Names in a folder, sorted; none when there is no such folder. */
  list(path: string): readonly string[];
  /** Absolute path of one that may be relative to a folder; `~` is the home folder. */
  resolve(folder: string, path: string): string;
}

/** Places that a project needs to know. */
export interface Places {
  /** State folder of this project. */
  readonly state: string;
  readonly cache: string;
  /** Folder of the package: its runbooks are found in every project. */
  readonly package: string;
  /** Eight hex digits, unique per project and state folder. */
  readonly id: string;
}

/** A project, loaded: what client and worker share. */
export interface Project {
  readonly name: string;
  readonly id: string;
  readonly folder: string;
  readonly file: ProjectFile;
  readonly inventory: Inventory;
  readonly approvers: Approvers;
  readonly knownHosts: string;
  readonly taskQueue: string;
  readonly paths: Readonly<Record<'state' | 'cache' | 'project' | 'package', string>>;
  /** Folders that are searched for runbooks, in this order. */
  readonly runbookFolders: readonly string[];
}

/** Loading failed: every problem that was found. */
export class ProblemsError extends Error {
  readonly problems: readonly Problem[];
  /** A runbook that does not fit its schema, where that is what failed: there may be more wrong with it. */
  readonly unfit: Source | null;
  constructor(problems: readonly Problem[], unfit: Source | null = null) {
    super(problems.map((problem) => problem.message).join('\n'));
    this.name = 'ProblemsError';
    this.problems = problems;
    this.unfit = unfit;
  }
}

function read(files: Files, path: string): Source | null {
  const text = files.read(path);
  if (text === null) return null;
  const source = readSource(path, text);
  if (!('value' in source)) throw new ProblemsError(source);
  return source;
}

/** The project of a folder; one without runbook.yaml has only the local host and the packaged runbooks. */
export function loadProject(files: Files, folder: string, places: Places): Project {
  const source = read(files, files.resolve(folder, 'runbook.yaml'));
  let file: ProjectFile = { apiVersion: 'runbook/v1', name: 'local' };
  if (source !== null) {
    const parsed = parseWith(projectSchema, source.value, inSource(source));
    if ('problems' in parsed) throw new ProblemsError(parsed.problems);
    file = parsed.value;
  }
  const paths = {
    state: places.state,
    cache: places.cache,
    project: folder,
    package: places.package,
  };
  const own = { paths, project: { id: places.id, name: file.name } };
  const inventoryPath = files.resolve(folder, file.inventory ?? 'inventory.yaml');
  const inventorySource = source === null ? null : read(files, inventoryPath);
  if (source !== null && inventorySource === null && file.inventory !== undefined) {
    throw new ProblemsError([source.problem(['inventory'], `there is no file ${inventoryPath}`)]);
  }
  const overlay = read(files, files.resolve(places.state, 'overlay.json'));
  const approvers = loadApprovers(file.approvers, (path) =>
    files.read(files.resolve(folder, path)),
  );
  if ('problem' in approvers) {
    const { path, message } = approvers.problem;
    throw new ProblemsError(source === null ? [] : [source.problem(path, message)]);
  }
  return {
    name: file.name,
    id: places.id,
    folder,
    file,
    inventory: loadInventory(files, folder, inventorySource, overlay, own),
    approvers,
    knownHosts: files.resolve(folder, file.knownHosts ?? 'known_hosts'),
    taskQueue: file.taskQueue ?? `runbook-${file.name}-${places.id}`,
    paths,
    runbookFolders: [
      ...(source === null
        ? []
        : (file.runbooks ?? ['runbooks']).map((path) => files.resolve(folder, path))),
      files.resolve(places.package, 'runbooks'),
    ],
  };
}

function parseInventory(
  source: Source,
  own: { paths: JsonObject; project: JsonObject },
): InventoryFile {
  let value: unknown;
  try {
    value = fill(source.value, own);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ProblemsError([
      source.problem(
        [],
        message,
        'an inventory may use paths.state, paths.cache, paths.project, paths.package, project.id and project.name',
      ),
    ]);
  }
  const parsed = parseWith(inventorySchema, value, inSource(source));
  if ('problems' in parsed) throw new ProblemsError(parsed.problems);
  return parsed.value;
}

function merged<T extends object>(base: T | undefined, over: T | undefined): T {
  const vars = { ...(base as { vars?: object })?.vars, ...(over as { vars?: object })?.vars };
  return { ...base, ...over, ...(Object.keys(vars).length === 0 ? {} : { vars }) } as T;
}

/** All targets with everything filled in: file, defaults, and the overlay that a lab wrote. */
function loadInventory(
  files: Files,
  folder: string,
  source: Source | null,
  overlaySource: Source | null,
  own: { paths: JsonObject; project: JsonObject },
): Inventory {
  const file = source === null ? {} : parseInventory(source, own);
  const overlay = overlaySource === null ? {} : parseInventory(overlaySource, own);
  const path = (text: string | undefined): string | null =>
    text === undefined ? null : files.resolve(folder, text);
  const hosts: Record<string, HostSpec> = { local: { ...localHost, vars: { ...own.paths } } };
  for (const [name, written] of Object.entries(file.hosts ?? {})) {
    const host: HostFile = merged({ ...file.defaults, ...written }, overlay.hosts?.[name]);
    hosts[name] = {
      kind: 'host',
      name,
      address: host.address ?? null,
      port: host.port ?? 22,
      user: host.user ?? 'root',
      key: path(host.key),
      knownHosts: path(host.knownHosts),
      // What runs on the worker's own machine needs no way to it, unless the host itself says so.
      via: host.address === undefined ? (written.via ?? null) : (host.via ?? null),
      path: host.path ?? [],
      cluster: host.cluster ?? null,
      taskQueue: host.taskQueue ?? null,
      groups: [...(host.groups ?? [])].sort(),
      vars: { ...(name === 'local' ? own.paths : {}), ...host.vars },
      machine: host.machine ?? null,
    };
  }
  const clusters: Record<string, ClusterSpec> = {};
  for (const [name, written] of Object.entries(file.clusters ?? {})) {
    const cluster = merged(written, overlay.clusters?.[name]);
    clusters[name] = {
      kind: 'cluster',
      name,
      kubeconfig: path(cluster.kubeconfig),
      context: cluster.context ?? null,
      uid: cluster.uid ?? null,
      controlPlane: cluster.controlPlane ?? null,
      via: cluster.via ?? null,
      path: cluster.path ?? [],
      vars: cluster.vars ?? {},
      taskQueue: cluster.taskQueue ?? null,
    };
  }
  const groups = groupsOf(hosts, file);
  const problems = source === null ? [] : crossCheck(source, file, hosts, clusters);
  if (problems.length > 0) throw new ProblemsError(problems);
  return { hosts, clusters, groups };
}

function groupsOf(
  hosts: Readonly<Record<string, HostSpec>>,
  file: InventoryFile,
): Record<string, readonly string[]> {
  const members = new Map<string, Set<string>>();
  for (const [group, names] of Object.entries(file.groups ?? {}))
    members.set(group, new Set(names));
  for (const host of Object.values(hosts)) {
    for (const group of host.groups)
      members.set(group, (members.get(group) ?? new Set()).add(host.name));
  }
  return Object.fromEntries(
    [...members].sort().map(([group, names]) => [group, [...names].sort()]),
  );
}

/** Names that refer to each other must exist. */
function crossCheck(
  source: Source,
  file: InventoryFile,
  hosts: Readonly<Record<string, HostSpec>>,
  clusters: Readonly<Record<string, ClusterSpec>>,
): Problem[] {
  const problems: Problem[] = [];
  const known = (
    path: readonly string[],
    name: string | null | undefined,
    names: object,
    what: string,
  ): void => {
    if (name === null || name === undefined || Object.hasOwn(names, name)) return;
    problems.push(
      source.problem(path, `unknown ${what} '${name}'`, didYouMean(name, Object.keys(names))),
    );
  };
  for (const [name, host] of Object.entries(file.hosts ?? {})) {
    if (Object.hasOwn(file.clusters ?? {}, name))
      problems.push(
        source.problem(['hosts', name], `'${name}' is a cluster too: names of targets are unique`),
      );
    known(['hosts', name, 'cluster'], host.cluster, clusters, 'cluster');
    if (host.via !== undefined && !host.via.startsWith('netns/'))
      known(['hosts', name, 'via'], host.via, hosts, 'host');
  }
  for (const [name, cluster] of Object.entries(file.clusters ?? {})) {
    known(['clusters', name, 'controlPlane'], cluster.controlPlane, hosts, 'host');
    if (cluster.kubeconfig === undefined && cluster.controlPlane === undefined) {
      problems.push(
        source.problem(['clusters', name], 'needs kubeconfig and context, or controlPlane'),
      );
    }
    if ((cluster.kubeconfig === undefined) !== (cluster.context === undefined)) {
      problems.push(source.problem(['clusters', name], 'kubeconfig and context go together'));
    }
  }
  for (const [group, names] of Object.entries(file.groups ?? {})) {
    for (const name of names) known(['groups', group], name, { ...hosts, ...clusters }, 'target');
  }
  return problems;
}

/** Names of all runbooks that the project can run, with the file of each. */
export function listRunbooks(files: Files, project: Project): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const folder of project.runbookFolders) {
    for (const name of files.list(folder)) {
      const match = /^(.+)\.ya?ml$/.exec(name);
      const runbook = match?.[1];
      // The project's own come first: they hide packaged ones of the same name.
      if (runbook !== undefined && !found.has(runbook))
        found.set(runbook, files.resolve(folder, name));
    }
  }
  return found;
}

/** A runbook that fits its schema, with the places of its values. */
export interface LoadedRunbook {
  readonly runbook: Runbook;
  readonly source: Source;
}

/** Reads a runbook file. @throws ProblemsError with every problem of its schema. */
export function readRunbook(files: Files, path: string): LoadedRunbook {
  const source = read(files, path);
  if (source === null) {
    throw new ProblemsError([
      { file: path, line: 0, column: 0, path: '', message: 'there is no such file', hint: null },
    ]);
  }
  if (!isObject(source.value))
    throw new ProblemsError([source.problem([], 'a runbook is a map of keys to values')]);
  const parsed = parseWith(runbookSchema, source.value, inSource(source));
  if ('problems' in parsed) throw new ProblemsError(parsed.problems, source);
  const expected = /([^/]+)\.ya?ml$/.exec(path)?.[1];
  if (expected !== undefined && expected !== parsed.value.name) {
    throw new ProblemsError([
      source.problem(
        ['name'],
        `the file is called ${expected}.yaml, its runbook '${parsed.value.name}'`,
        'a runbook is found by its file name: make them equal',
      ),
    ]);
  }
  return { runbook: parsed.value, source };
}
