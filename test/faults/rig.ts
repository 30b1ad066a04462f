import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import * as schemas from '../../client/schemas.js';
import { embeddedNamespace } from '../../client/embedded/namespace.js';
import type { LeaseState } from '../../core/run/lease.js';
import { finished, until, type Result } from '../client/e2e/bench.js';
import { check } from './checker.js';
import type { Evidence, Violation } from './evidence.js';
import { readKills, type Kill } from './kills.js';
import { readLedger, type Mark } from './ledger.js';
import { tooLarge } from './memory.js';
import { Nemesis } from './nemesis.js';
import { interrupted, type Interrupted } from './recovery.js';
import { secretName, stepOf, writeReferences } from './reference.js';
import { replayAll } from './replay.js';
import { Secrets } from './secrets.js';
import { Witness } from './witness.js';

const target = fileURLToPath(new URL('target.sh', import.meta.url));
/** Processes of the rig itself, not of a run. */
const own = /dist\/(?:client|worker)\/main\.js|server\0start-dev/;
/** A run that has not come to where it is expected by then hangs, ms. */
const limitMs = 240_000;
/** So long a person goes on asking where server or worker are away, ms. */
const insistsMs = 600_000;

/** How a run of the reference runbook is to be. */
export interface Wishes {
  /** Seconds that each step takes. */
  readonly pace?: string;
  /** Wait for a person at the end. */
  readonly hold?: boolean;
  /** Host of the inventory on which it acts; this machine unless told. */
  readonly host?: string;
  /** Another runbook of the reference's form. */
  readonly runbook?: string;
}

/** A server, a worker and the reference runbook of one's own, with a ledger and a nemesis. */
export class Rig {
  readonly bench = new Witness();
  readonly nemesis: Nemesis;
  readonly secrets = new Secrets(this.bench);
  readonly #surroundings: ((keep: boolean) => Promise<void>)[] = [];
  #runs = 0;
  #client: Promise<Client> | null = null;

  constructor() {
    copyFileSync(target, this.bench.path('target.sh'));
    this.secrets.add(secretName);
    writeReferences(this.bench);
    this.nemesis = new Nemesis(this.bench.folder, this.bench.state);
  }

  /** An id that no other run has. */
  newRun(): string {
    this.#runs += 1;
    return `ref-${process.pid}-${this.#runs}`;
  }

  marks(run: string | null = null): readonly Mark[] {
    const all = readLedger(this.bench.path('ledger'));
    return run === null ? all : all.filter((mark) => mark.run === run);
  }

  /**
   * Runs a command again for as long as server or worker are away: they may be killed at any time. Where they are
   * killed as soon as they are back, a slow machine may need many times.
   */
  async insist(...args: string[]): Promise<Result> {
    const end = Date.now() + insistsMs;
    for (;;) {
      const result = await this.bench.run(...args);
      if (result.code !== 69 || Date.now() > end) return result;
    }
  }

  /** Starts a run and does not follow it. Each has a place of its own unless told. */
  async start(run: string, wishes: Wishes = {}): Promise<void> {
    const { pace = '0.1', hold = false, host, runbook = 'reference' } = wishes;
    const on = host === undefined ? [] : [`--host=${host}`];
    const flags = [`--place=${run}`, `--pace=${pace}`, ...(hold ? ['--hold'] : []), ...on];
    const args = ['start', runbook, '--id', run, '--detach', ...flags];
    const { code, stderr } = await this.insist(...args);
    if (code !== 0) throw new Error(`start ${run}: exit ${code}\n${stderr}`);
  }

  /**
   * Follows a run, which brings back what has died, until it ends or waits for a person. A server that goes in the
   * very moment in which it is asked first may be told as away: where servers are killed, one looks again.
   */
  async follow(
    run: string,
    where: { readonly serversDie: boolean; readonly withinMs?: number },
  ): Promise<Result> {
    for (let looks = 1; ; looks += 1) {
      const watch = this.bench.spawn(['watch', run, '--plain']);
      const result = await finished(watch, where.withinMs ?? limitMs);
      if (result.code !== 69 || !where.serversDie || looks === 20) return result;
      this.nemesis.count('view lost: exit 69');
    }
  }

  /** Waits until the ledger has something. */
  ledgerHas(what: string, found: (marks: readonly Mark[]) => boolean, ms = 60_000): Promise<true> {
    return until(what, () => found(this.marks()) && (true as const), ms);
  }

  /** A run that waits for a person does so at its end: nothing in it can fail, and park it. */
  async waits(run: string): Promise<Violation[]> {
    const { record } = await this.evidence(run);
    if (record.state !== 'parked') return [];
    const why = record.waitingFor.map(({ path, message }) => `${path}: ${message}`).join('; ');
    return [{ invariant: 'I5', what: `${run} is parked: ${why}` }];
  }

  /**
   * A person's answer to what must not happen twice and is in doubt: where the ledger has no word of it, it is begun
   * again. False where there is another reason to wait, or the command was begun: then the engine had to know. True
   * also where the run is just going on.
   */
  async answered(run: string): Promise<boolean> {
    const { record, marks } = await this.evidence(run);
    const parked = record.steps.filter(({ phase }) => phase === 'parked');
    const clear = parked.every(
      ({ path, failure }) =>
        failure?.code === 'in-doubt' &&
        !marks.some(({ step, verb }) => step === stepOf(path) && verb === 'apply'),
    );
    if (!clear) return false;
    for (const { path } of parked) {
      await this.insist('retry', run, path, '--reason', 'nothing of it has happened');
      this.nemesis.count('in doubt, and begun again by a person');
    }
    return true;
  }

  /** Puts back all that a run which waits for a person has done. */
  async undo(run: string, where: { readonly serversDie: boolean }): Promise<Result> {
    if (!where.serversDie) {
      return finished(this.bench.spawn(['undo', run, '--yes', '--watch', '--plain']), limitMs);
    }
    // Where the answer was lost, the run may have taken it, and refuses it the second time.
    await this.insist('undo', run, '--yes');
    return this.follow(run, where);
  }

  async evidence(run: string): Promise<Evidence> {
    const { code, stdout, stderr } = await this.insist('status', run, '--json');
    if (stdout === '') throw new Error(`status ${run}: exit ${code}\n${stderr}`);
    const listed = await this.insist('leases', '--json');
    const leases = JSON.parse(listed.stdout) as readonly LeaseState[];
    return {
      run,
      marks: this.marks(run),
      effects: this.effects(run),
      record: schemas.statusSchema.parse(JSON.parse(stdout)),
      exit: code,
      processes: this.processes(run),
      // The items of a fleet are runs below it.
      leases: leases
        .filter(({ holders, queue }) =>
          [...holders, ...queue].some((one) => `${one.run}/`.startsWith(`${run}/`)),
        )
        .map(({ resource }) => resource),
    };
  }

  /** What a run has broken. */
  async judge(run: string): Promise<Violation[]> {
    return check(await this.evidence(run));
  }

  /** State of a run as lists show it: asks the server, and no worker. */
  async state(run: string): Promise<string> {
    const { raw } = await (await this.connected()).workflow.getHandle(run).describe();
    const attribute = raw.workflowExecutionInfo?.searchAttributes?.indexedFields?.['RunbookState'];
    return attribute ? String(defaultPayloadConverter.fromPayload(attribute)) : '';
  }

  /** Why workflow tasks of a run have failed; none where all went well. */
  async taskFailures(run: string): Promise<string[]> {
    const { events } = await (await this.connected()).workflow.getHandle(run).fetchHistory();
    return (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
      failed ? [failed.failure?.message ?? 'a workflow task has failed'] : [],
    );
  }

  /** I8: worker and server, if they have held more memory than they may. */
  memory(): Violation[] {
    return (['worker', 'server'] as const).flatMap((victim) => {
      const found = this.nemesis.process(victim);
      return found === null ? [] : tooLarge(`the ${victim}`, found.pid);
    });
  }

  /** Processes that were killed, oldest first. */
  kills(): readonly Kill[] {
    return readKills(this.bench.path('kills'));
  }

  /**
   * What a worker had in hand of a run when it was killed, as long as the server does not know; nothing of a run that is
   * only just being started.
   */
  async interrupted(run: string, killedAt: number): Promise<Interrupted[]> {
    return onceThere(interrupted(await this.connected(), run, killedAt), []);
  }

  /** Events in the history of a run; none of one that is only just being started. */
  async progress(run: string): Promise<number> {
    const handle = (await this.connected()).workflow.getHandle(run);
    return onceThere(
      handle.describe().then(({ historyLength }) => historyLength),
      0,
    );
  }

  /**
   * How many histories the server has, which of them do not replay, and how long it took after a kill until what
   * it had interrupted was begun again.
   */
  async replay(lost: readonly Interrupted[] = []): ReturnType<typeof replayAll> {
    return replayAll(await this.connected(), this.bench.folder, lost);
  }

  /** The server, as the SDK's client. */
  connected(): Promise<Client> {
    this.#client ??= this.#connect();
    return this.#client;
  }

  async #connect(): Promise<Client> {
    const { server } = schemas.devStatusSchema.parse(await this.bench.json(0, 'dev'));
    const connection = await Connection.connect({ address: server?.address ?? '' });
    return new Client({ connection, namespace: embeddedNamespace });
  }

  /** How often the effect of each step of a run is there. */
  effects(run: string): Record<string, number> {
    const folder = this.bench.path('effects', run);
    if (!existsSync(folder)) return {};
    return Object.fromEntries(
      readdirSync(folder).map((step) => [
        step,
        readFileSync(join(folder, step), 'utf8').split('\n').length - 1,
      ]),
    );
  }

  /** Commands of a run that are still there. */
  processes(run: string): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
      .map((pid) => commandLine(pid))
      .filter((line) => line.includes(this.bench.folder) && line.includes(`\0${run}\0`))
      .filter((line) => !own.test(line))
      .map((line) => line.replaceAll('\0', ' '));
  }

  /** Has something that was set up around the runs taken down again, once server and worker have stopped. */
  surround(takeDown: (keep: boolean) => Promise<void>): void {
    this.#surroundings.push(takeDown);
  }

  /** Stops server and worker; the folder is kept where it is to be looked at. */
  async close(keep = false): Promise<void> {
    await (await this.#client)?.connection.close();
    if (keep || this.#surroundings.length > 0) await this.bench.run('dev', 'stop');
    for (const takeDown of this.#surroundings.splice(0).toReversed()) await takeDown(keep);
    if (!keep) await this.bench.close();
  }
}

/** What is known of a run, or something else as long as the server has never heard of it. */
async function onceThere<Known>(known: Promise<Known>, otherwise: Known): Promise<Known> {
  try {
    return await known;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return otherwise;
    throw error;
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // Gone meanwhile.
    return '';
  }
}
