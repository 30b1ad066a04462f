import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PermanentError } from '../../core/errors.js';
import { atLeast, cannotHave, onPath, type NoBinary } from './binary.js';
import { output } from './command.js';

/** The newest release that Go can install by its name: later ones replace modules. */
const source = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';
const leastGo = '1.25.0';

/** What building tells while it goes on. */
export interface BuildProgress {
  /** Packages compiled so far; about 1,400 in all. */
  (packages: number): void;
}

/** Version in `go version go1.26.8 linux/amd64`, as three numbers; null where there is none. */
export function goVersion(text: string): string | null {
  const match = /go(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match === null ? null : `${match[1]}.${match[2]}.${match[3] ?? '0'}`;
}

/**
 * Builds the Temporal CLI with Go, once: some minutes of all processors.
 * @throws PermanentError `server-unavailable` where there is no Go, or the build fails.
 */
export async function buildBinary(
  places: { readonly cache: string; readonly log: string },
  environment: Readonly<Record<string, string | undefined>>,
  missing: NoBinary,
  progress: BuildProgress,
): Promise<string> {
  const go = onPath('go', environment);
  if (go === null) throw cannotHave(missing, 'and there is no Go to build one');
  const version = goVersion((await output(go, ['version'], { GOTOOLCHAIN: 'local' })) ?? '');
  if (version === null || !atLeast(version, leastGo))
    throw cannotHave(
      missing,
      `Go ${version ?? '?'} is too old to build one (${leastGo} is needed)`,
    );
  const bin = join(places.cache, 'bin');
  mkdirSync(bin, { recursive: true });
  const log = createWriteStream(places.log, { flags: 'w', mode: 0o600 });
  log.write(`go install ${source}\n`);
  const child = spawn(go, ['install', '-v', source], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, GOBIN: bin, GOTOOLCHAIN: 'local', GOFLAGS: '' },
  });
  let packages = 0;
  let last = '';
  createInterface({ input: child.stderr }).on('line', (text) => {
    log.write(`${text}\n`);
    if (text.startsWith('go: ') || /error|cannot|no space/i.test(text)) last = text;
    else progress((packages += 1));
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  log.end();
  if (code !== 0) {
    throw new PermanentError(
      'server-unavailable',
      `building the Temporal CLI failed: ${last === '' ? `exit ${code}` : last}`,
      { hint: `see ${places.log}; or install it and put it on PATH` },
    );
  }
  return join(bin, 'temporal');
}
