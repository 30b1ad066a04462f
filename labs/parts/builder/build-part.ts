import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { execa } from 'execa';
import type { Cache } from './cache.js';
import { runCommand, startCommand } from './command.js';
import { takeLock } from './lock.js';
import type { Facts, Part, Running, Work } from './part.js';
import { PartError } from './part-error.js';
import { openPlace, removeTree } from './place.js';
import { recordName } from './state.js';
import type { BuildRecord } from './state.js';

export interface PartBuild {
  readonly part: Part;
  readonly key: string;
  readonly cache: Cache;
  readonly facts: Facts;
  readonly signal: AbortSignal;
  /** Folders of the parts it needs. */
  readonly built: ReadonlyMap<string, string>;
  /** True when the build has appeared since, made by another builder. */
  appeared(): Promise<boolean>;
  doing(what: string): void;
  waiting(what: string): void;
}

/** Builds one part into the cache, under its lock. Leaves either the whole build or nothing. */
export async function buildPart(build: PartBuild): Promise<void> {
  const { part, key, cache, signal } = build;
  const folder = cache.part(part.name);
  const lock = await takeLock(join(folder, 'lock'), signal, (holder) =>
    build.waiting(`waiting for another builder, process ${holder}`),
  );
  try {
    if (await build.appeared()) return;
    build.doing('starting');
    const place = await openPlace(folder);
    const logFile = cache.log(part.name, key);
    await mkdir(dirname(logFile), { recursive: true });
    const log = createWriteStream(logFile);
    const started: Running[] = [];
    const begun = Date.now();
    try {
      await part.build(workOn(build, place, log, started));
      await stopAll(started);
      const record = { part: part.name, key, ...(await measure(place.out, begun)) };
      await writeFile(join(place.out, recordName), `${JSON.stringify(record, null, 2)}\n`);
      await place.finish(cache.build(part.name, key));
      await removeTree(cache.goBuild(part.name));
    } catch (error) {
      await stopAll(started);
      signal.throwIfAborted();
      throw await explained(error, part.name, log, logFile);
    } finally {
      log.end();
      await place.remove();
    }
  } finally {
    await lock.release();
  }
}

function workOn(
  build: PartBuild,
  place: { out: string; scratch: string },
  log: WriteStream,
  started: Running[],
): Work {
  const { part, cache, facts, signal } = build;
  return {
    out: place.out,
    scratch: place.scratch,
    goBuild: cache.goBuild(part.name),
    signal,
    facts,
    built: (name) => {
      const folder = build.built.get(name);
      if (folder === undefined)
        throw new Error(`part ${part.name} does not say that it needs ${name}`);
      return folder;
    },
    doing: build.doing,
    run: (file, args, options) => runCommand(file, args, log, signal, options),
    start: (file, args, options) => {
      const running = startCommand(file, args, log, options);
      started.push(running);
      return running;
    },
  };
}

async function stopAll(started: readonly Running[]): Promise<void> {
  await Promise.all(started.map((running) => running.stop()));
}

async function measure(folder: string, begun: number): Promise<Omit<BuildRecord, 'part' | 'key'>> {
  const { stdout } = await execa('du', ['-sk', folder]);
  return {
    builtAt: new Date().toISOString(),
    seconds: Math.round((Date.now() - begun) / 1000),
    bytes: Number.parseInt(stdout, 10) * 1024,
  };
}

/** Lines of the log that are shown upon failure. */
const tailLines = 20;

async function explained(
  cause: unknown,
  part: string,
  log: WriteStream,
  logFile: string,
): Promise<PartError> {
  log.end();
  await finished(log).catch(() => {});
  const text = await readFile(logFile, 'utf8').catch(() => '');
  const tail = text
    .trimEnd()
    .split('\n')
    .slice(-tailLines)
    .map((line) => `    ${line}`)
    .join('\n');
  const reason = cause instanceof Error ? cause.message : String(cause);
  const hint = cause instanceof PartError ? cause.hint : undefined;
  return new PartError(`part ${part}: ${reason}\n  the end of ${logFile}:\n${tail}`, {
    hint: hint ?? 'mend the cause and run the same command again: finished parts are kept',
    cause,
  });
}
