import { execa } from 'execa';
import { PartError } from '../builder/part-error.js';

export interface AptOptions {
  /** Called with what is done, such as `installing debootstrap`, and with apt's own lines. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Installs the named Debian packages that this machine lacks, and returns their names; touches nothing when all are there.
 * Package lists are fetched only when apt knows no candidate or a download fails. Needs root. Throws `PartError`.
 */
export async function ensureAptPackages(
  names: readonly string[],
  options: AptOptions = {},
): Promise<readonly string[]> {
  const missing = await missingPackages(names);
  if (missing.length === 0) return [];
  options.onLine?.(`installing ${missing.join(' ')}`);
  let fresh = false;
  if (!(await haveCandidates(missing))) {
    await aptGet(['update'], options);
    fresh = true;
  }
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  let failure = await aptGet(install, options);
  if (failure !== undefined && !fresh) {
    await aptGet(['update'], options); // an old list names versions that the mirror has dropped
    failure = await aptGet(install, options);
  }
  if (failure === undefined) return missing;
  throw new PartError(`apt-get ${install.join(' ')} failed: ${failure}`, {
    hint: 'run it yourself to see more; without root or network, ask for these packages to be installed',
  });
}

/** Which of the named packages are not installed. */
export async function missingPackages(names: readonly string[]): Promise<readonly string[]> {
  const query = ['--show', '--showformat', '${Package} ${db:Status-Abbrev}\\n', ...names];
  const { stdout } = await execa('dpkg-query', query, { reject: false });
  const installed = new Set(
    stdout.split('\n').flatMap((line) => /^(\S+) ii/.exec(line)?.[1] ?? []),
  );
  return names.filter((name) => !installed.has(name));
}

async function haveCandidates(names: readonly string[]): Promise<boolean> {
  const { stdout } = await execa('apt-cache', ['policy', ...names], {
    reject: false,
    env: { LC_ALL: 'C' },
  });
  const known = [...stdout.matchAll(/^ {2}Candidate: (?!\(none\))/gm)].length;
  return known === names.length;
}

/** Undefined when it succeeded, else its last error line. */
async function aptGet(args: readonly string[], options: AptOptions): Promise<string | undefined> {
  const child = execa('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '--quiet', ...args], {
    reject: false,
    all: true,
    stdin: 'ignore',
    env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  });
  let last = '';
  for await (const line of child.iterable({ from: 'all' })) {
    if (/^[EW]: /.test(line)) last = line;
    options.onLine?.(line);
  }
  const result = await child;
  options.signal?.throwIfAborted();
  return result.exitCode === 0 ? undefined : last || `exit ${result.exitCode}`;
}
