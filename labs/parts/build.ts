#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { build } from './builder/build.js';
import { openCache } from './builder/cache.js';
import { PartError } from './builder/part-error.js';
import { progressView } from './builder/progress-view.js';
import { prune } from './builder/publish.js';
import { formatTable } from './builder/table.js';
import { check } from './index.js';
import type { PartState } from './index.js';
import { parts } from './parts.js';

const usage = `Usage: build.js [part...] [options]

Makes the parts of the labs once, into $RUNBOOK_CACHE_DIR (default ~/.cache/runbook). Parts: ${parts.map((part) => part.name).join(', ')}.
Without a part: all of them. What is complete is left alone.

  --check             build nothing; exit 0 when all is complete, else 1 and name what is missing
  --list              build nothing; show part, key, state, size and seconds
  --rebuild <part>    build this part anew, and all that read it: for what the distribution offers now
  --install-packages  install the Debian packages that the builder runs, where they are missing
  --prune             build nothing; remove builds that are no longer in use. Not while a lab runs
  --json              write the state of the parts as JSON to stdout
  --help              show this
`;

const exitUsage = 64;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      check: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      prune: { type: 'boolean', default: false },
      'install-packages': { type: 'boolean', default: false },
      rebuild: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (values.prune) {
    const states = await check();
    await prune(openCache(), parts, new Map(states.map((state) => [state.part, state])));
    return 0;
  }
  const reading = values.check || values.list;
  const states = reading
    ? await check(positionals)
    : await build(positionals, {
        rebuild: values.rebuild,
        installPackages: values['install-packages'],
        onProgress: progressView(process.stderr),
        signal: interruption(),
      });
  report(states, values);
  return values.check && states.some((state) => !state.complete) ? 1 : 0;
}

function report(
  states: readonly PartState[],
  how: { json: boolean; list: boolean; check: boolean },
): void {
  const { current } = openCache();
  if (how.json) {
    process.stdout.write(`${JSON.stringify({ current, parts: states }, null, 2)}\n`);
  } else if (how.list) {
    process.stdout.write(formatTable(states));
  } else if (how.check) {
    for (const state of states) {
      if (!state.complete) process.stdout.write(`missing: ${state.part} (${state.reason})\n`);
    }
  } else {
    process.stdout.write(`${states.length} parts complete in ${current}\n`);
  }
}

/** Aborted by the first SIGINT or SIGTERM; the builder then stops its children and tidies up. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => controller.abort(new Interrupted(name)));
  }
  return controller.signal;
}

class Interrupted extends Error {
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`interrupted by ${signal}: finished parts are kept, the same command goes on`);
    this.exitCode = signal === 'SIGINT' ? 130 : 143;
  }
}

function explain(error: unknown): number {
  const code = (error as { code?: unknown }).code;
  if (error instanceof Interrupted) {
    process.stderr.write(`\n${error.message}\n`);
    return error.exitCode;
  }
  if (error instanceof PartError) {
    process.stderr.write(`${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
    return 1;
  }
  if (typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS')) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    return exitUsage;
  }
  throw error;
}

process.exitCode = await main(process.argv.slice(2)).catch(explain);
