import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Inventory } from '../../core/definition/inventory.js';
import { atLeast, findBinary, isExecutable, onPath } from '../embedded/binary.js';
import { goVersion } from '../embedded/build.js';
import { output } from '../embedded/command.js';
import type { Session } from '../session.js';
import { buildStamp } from '../system.js';
import { broken, note, ok, type Check } from './check.js';

const leastNode = '20.19.0';
/** Below this a run's logs and the server's database may not fit, bytes. */
const littleSpace = 1024 ** 3;

/** The version of Node. */
export function nodeCheck(version: string): Check {
  return atLeast(version, leastNode)
    ? ok('node', version)
    : broken('node', version, `install Node ${leastNode} or newer`);
}

/** Whether the package was built to its end. */
export function packageCheck(): Check {
  const stamp = buildStamp();
  return stamp === ''
    ? broken('package', 'it has not been built', 'npm run build')
    : ok('package', `build ${stamp}`);
}

/** Whether text and numbers come out of tools as they are read. */
export function localeCheck(environment: Readonly<Record<string, string | undefined>>): Check {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
  if (locale === '') return ok('locale', 'none set; commands run with LC_ALL=C in any case');
  return /utf-?8/i.test(locale)
    ? ok('locale', locale)
    : note('locale', `${locale} has no UTF-8: signs are shown in ASCII`, 'export LANG=C.UTF-8');
}

/** Whether the state folder can be written, and has room. */
export function stateCheck(folder: string): Check {
  const probe = join(folder, `.doctor-${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(probe, 'x');
    rmSync(probe);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    return broken(
      'state',
      `${folder} cannot be written: ${why}`,
      'name another: RUNBOOK_STATE_DIR',
    );
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const words = `${folder}, ${(free / 1024 ** 3).toFixed(1)} GiB free`;
  return free < littleSpace
    ? note('state', words, 'free some space, or name another folder: RUNBOOK_STATE_DIR')
    : ok('state', words);
}

/** Whether the clock is kept right. */
export async function clockCheck(): Promise<Check> {
  const synced = await output('timedatectl', ['show', '-p', 'NTPSynchronized', '--value']);
  if (synced === null) return ok('clock', new Date().toISOString());
  return synced.trim() === 'yes'
    ? ok('clock', 'synchronized')
    : note('clock', 'not synchronized', 'timedatectl set-ntp true, or run chrony');
}

/** The program of the embedded server. */
export async function binaryCheck(session: Session): Promise<Check> {
  try {
    const found = await findBinary({
      environment: session.environment,
      cache: session.cache,
      isExecutable,
      versionText: (path) => output(path, ['--version']),
    });
    if ('path' in found) return ok('temporal', `server ${found.version}, ${found.path}`);
    const go = await goCheck(session.environment);
    const why = ['none found', ...found.rejected].join('; ');
    return go.status === 'ok'
      ? note('temporal', why, 'it is built with Go when it is first needed, some minutes')
      : broken('temporal', why, 'put the Temporal CLI on PATH, or install Go 1.25 or newer');
  } catch (error) {
    return broken('temporal', (error as Error).message, 'mend RUNBOOK_TEMPORAL_CLI, or unset it');
  }
}

/** Go, with which the server's program and the parts of a lab are built. */
export async function goCheck(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Check> {
  const go = onPath('go', environment);
  const mend =
    'only needed to build the Temporal CLI and the parts of a lab: install Go 1.25 or newer';
  if (go === null) return note('go', 'none on PATH', mend);
  const version = goVersion((await output(go, ['version'], { GOTOOLCHAIN: 'local' })) ?? '');
  return version !== null && atLeast(version, '1.25.0')
    ? ok('go', version)
    : note('go', version ?? 'does not run', mend);
}

/** Tools that the inventory's targets need on the worker's machine. */
export function toolChecks(
  inventory: Inventory,
  environment: Readonly<Record<string, string | undefined>>,
): Check[] {
  const clusters = Object.values(inventory.clusters).filter(
    (cluster) => cluster.kubeconfig !== null && cluster.via === null && cluster.path.length === 0,
  );
  return ['kubectl', 'helm']
    .filter(() => clusters.length > 0)
    .map((tool) => {
      const path = onPath(tool, environment);
      return path === null
        ? note(
            tool,
            'not on PATH',
            `clusters ${clusters.map(({ name }) => name).join(', ')} may need it`,
          )
        : ok(tool, path);
    });
}
