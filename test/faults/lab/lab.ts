import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, copyFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { HostSpec, Inventory } from '../../../core/definition/inventory.js';
import { loadProject } from '../../../core/definition/loader.js';
import { cacheFolder, filesOf, projectId, projectState } from '../../../core/definition/places.js';
import { packageFolder, system } from '../../../worker/system.js';
import { exits } from '../../../client/exit.js';
import { finished, type Result } from '../../client/e2e/bench.js';
import { lacking } from '../../lacking.js';
import type { Rig } from '../rig.js';
import { processesNaming } from './attempts.js';
import { Deeds, type Sight } from './deeds.js';
import { routesOf, routesWatch, sightOf, watches } from './sights.js';

const project = fileURLToPath(new URL('../../../labs/cilium-bgp', import.meta.url));
/** The longest that the lab may take to come up or to go on a busy machine, ms. */
const upWithinMs = 600_000;
const run = promisify(execFile);

/** What this machine lacks of a lab; nothing where one can be brought up. */
export function lacksLab(): string[] {
  const parts = join(cacheFolder(system), 'parts', 'current');
  return lacking({
    linux: true,
    root: true,
    commands: ['systemd-nspawn', 'ip', 'nsenter', 'ssh', 'curl'],
    files: ['bin', 'charts', 'golden', 'rootfs'].map((name) => join(parts, name)),
  });
}

function orThrow(what: string, { code, stdout, stderr }: Result): void {
  if (code !== 0) throw new Error(`${what}: exit ${code}\n${stdout.slice(-2000)}\n${stderr}`);
}

/** Calls of the service that a user has made. */
export interface Calls {
  readonly made: number;
  readonly failed: number;
}

/**
 * The lab `cilium-bgp` as the project of a rig, watched with tools of its own: the engine has neither their
 * connections nor their processes.
 */
export class Lab {
  readonly deeds: Deeds;
  /** Nodes that can be taken out of service. */
  readonly workers: readonly string[];
  /** File by which the engine reaches the cluster: a process that names it is the engine's. */
  readonly kubeconfig: string;
  readonly #rig: Rig;
  readonly #id: string;
  readonly #inventory: Inventory;
  readonly #kubectl: readonly string[];
  readonly #children = new Set<ChildProcess>();
  #calls: Calls = { made: 0, failed: 0 };
  #closing = false;

  private constructor(rig: Rig) {
    const { bench } = rig;
    const own = { ...system, environment: bench.env };
    const files = filesOf(own);
    this.#rig = rig;
    this.#id = projectId(own, bench.folder);
    const cache = cacheFolder(own);
    const state = projectState(own, bench.folder);
    const places = { state, cache, package: packageFolder, id: this.#id };
    this.#inventory = loadProject(files, bench.folder, places).inventory;
    const { kubeconfig, path = [] } = this.#inventory.clusters['lab'] ?? {};
    this.kubeconfig = kubeconfig ?? '';
    this.workers = this.#inventory.groups['workers'] ?? [];
    const copy = bench.path('kubeconfig');
    this.#kubectl = [join(path[0] ?? '', 'kubectl'), `--kubeconfig=${copy}`];
    const nodes = this.#inventory.groups['nodes'] ?? [];
    this.deeds = new Deeds(
      Object.fromEntries(nodes.map((name) => [name, String(this.#host(name).vars['bgpAddress'])])),
    );
  }

  /** Brings the lab up by the product's own runbook; it goes with the rig. */
  static async open(rig: Rig): Promise<Lab> {
    cpSync(project, rig.bench.folder, { recursive: true });
    const lab = new Lab(rig);
    rig.surround(() => lab.#down());
    await lab.#up();
    copyFileSync(lab.kubeconfig, rig.bench.path('kubeconfig'));
    for (const kind of ['nodes', 'pods', 'claims'] as const)
      lab.#watch([...lab.#kubectl, ...watches[kind]], (line) => sightOf(kind, line));
    lab.#watch(lab.#ssh(routesWatch), routesOf);
    lab.#call();
    return lab;
  }

  /** What kubectl answers, as text. */
  async kubectl(...args: readonly string[]): Promise<string> {
    return this.#ask([...this.#kubectl, ...args]);
  }

  /** What a script of the router prints. */
  async router(script: string): Promise<string> {
    return this.#ask(this.#ssh(script));
  }

  /** Calls so far: five a second, each a connection of its own. */
  get calls(): Calls {
    return this.#calls;
  }

  /** Processes of a run, in the lab or on its behalf, that are still there. */
  processes(run: string): string[] {
    return processesNaming(this.kubeconfig, `${run}_`);
  }

  async #start(runbook: string): Promise<Result> {
    const child = this.#rig.bench.spawn(['start', runbook, '--yes', '--plain']);
    return finished(child, upWithinMs);
  }

  async #up(): Promise<void> {
    orThrow('lab-up', await this.#start('lab-up'));
  }

  /** A maintenance that was left in its midst has the cluster, and one that is only just begun takes it. */
  async #down(): Promise<void> {
    this.#closing = true;
    for (const child of this.#children) child.kill('SIGKILL');
    const lock = ['leases', 'break', 'cluster/lab/maintenance', '--reason', 'the lab goes'];
    let ended: Result;
    let times = 0;
    do {
      await this.#rig.insist(...lock);
      ended = await this.#start('lab-down');
      times += 1;
    } while (ended.code === exits.leaseHeld && times < 5);
    orThrow('lab-down', ended);
    await this.#rig.bench.run('dev', 'stop');
  }

  #host(name: string): HostSpec {
    const found = this.#inventory.hosts[name];
    if (found === undefined) throw new Error(`no host ${name} in the lab`);
    return found;
  }

  #ssh(script: string): string[] {
    const { address, user, key, knownHosts } = this.#host('router');
    const set = ['IdentitiesOnly=yes', 'BatchMode=yes', `UserKnownHostsFile=${knownHosts}`];
    const options = ['-F', 'none', '-i', String(key), ...set.flatMap((one) => ['-o', one])];
    return ['ssh', ...options, `${user}@${address}`, script];
  }

  async #ask(argv: readonly string[]): Promise<string> {
    const args = [`--net=/run/netns/rb-${this.#id}`, '--', ...argv];
    const limits = { timeout: 60_000, maxBuffer: 64 * 1024 * 1024 };
    return (await run('nsenter', args, limits)).stdout;
  }

  /** Follows a program line by line in a network of the lab, and begins it anew where it ends. */
  #follow(
    namespace: string,
    argv: readonly string[],
    stream: 'stdout' | 'stderr',
    take: (line: string) => void,
  ): void {
    if (this.#closing) return;
    const args = [`--net=/run/netns/${namespace}`, '--', ...argv];
    const stdio = ['ignore', 'ignore', 'ignore'] as ('ignore' | 'pipe')[];
    stdio[stream === 'stdout' ? 1 : 2] = 'pipe';
    const child = spawn('nsenter', args, { stdio });
    this.#children.add(child);
    const lines = child[stream];
    if (lines !== null) createInterface({ input: lines }).on('line', take);
    child.once('close', () => {
      this.#children.delete(child);
      setTimeout(() => this.#follow(namespace, argv, stream, take), 500).unref();
    });
  }

  #watch(argv: readonly string[], read: (line: string) => Sight): void {
    const file = this.#rig.bench.path('deeds');
    this.#follow(`rb-${this.#id}`, argv, 'stdout', (line) => {
      for (const deed of this.deeds.take(read(line), Date.now()))
        appendFileSync(file, `${JSON.stringify(deed)}\n`);
    });
  }

  /** Calls the service as a user does, from behind the router. */
  #call(): void {
    const url = String(this.#host('client').vars['serviceUrl']);
    const once = ['--max-time', '1', '--header', 'Connection: close', '--output', '/dev/null'];
    const told = ['--write-out', '%{stderr}%{http_code}\n'];
    const many = ['--disable', '--silent', '--noproxy', '*', '--rate', '5/s', ...once, ...told];
    this.#follow(
      `rb-${this.#id}-client`,
      ['curl', ...many, `${url}?[1-1000000]`],
      'stderr',
      (line) => {
        const { made, failed } = this.#calls;
        this.#calls = { made: made + 1, failed: failed + (line === '200' ? 0 : 1) };
      },
    );
  }
}
