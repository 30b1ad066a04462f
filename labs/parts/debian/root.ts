import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Work } from '../builder/part.js';
import { findArchive, formatDeb822 } from './archive.js';
import type { Archive } from './archive.js';

/** The archive of this machine's own distribution. */
export function ownArchive(work: Work): Promise<Archive> {
  if (work.facts.debian === undefined)
    throw new Error('this part does not say that it depends on the distribution');
  return findArchive(work.facts.debian.suite);
}

/** Makes the smallest root of the archive's release in an empty folder, with what apt in it needs. */
export async function bootstrap(work: Work, root: string, archive: Archive): Promise<void> {
  const { main, suite } = archive;
  const [mirror = ''] = main.uris;
  const overTls = archive.sources.some((source) =>
    source.uris.some((uri) => uri.startsWith('https:')),
  );
  work.doing(`debootstrap ${suite}`);
  await work.run(
    'debootstrap',
    [
      '--variant=minbase',
      `--components=${main.components.join(',')}`,
      ...(overTls ? ['--include=ca-certificates'] : []),
      ...(main.signedBy === undefined ? [] : [`--keyring=${main.signedBy}`]),
      ...(main.trusted ? ['--no-check-gpg'] : []),
      suite,
      root,
      mirror,
    ],
    {
      isolated: true,
      onLine: (line) => {
        const step =
          /^I: (Retrieving|Validating|Extracting|Unpacking|Configuring) (\S+?)(?:\.\.\.|:\w+\.\.\.)?$/.exec(
            line,
          );
        if (step !== null) work.doing(`debootstrap ${suite}, ${step[1]?.toLowerCase()} ${step[2]}`);
      },
    },
  );
}

/**
 * Installs packages into a root by its own apt, from the archive with its updates, leaving no lists or archives behind. Of
 * a list of packages the first one that the archive has is taken.
 */
export async function installInto(
  work: Work,
  root: string,
  archive: Archive,
  packages: readonly (string | readonly string[])[],
): Promise<void> {
  const sources = join(root, 'etc/apt/sources.list.d/runbook.sources');
  const policy = join(root, 'usr/sbin/policy-rc.d');
  await rm(join(root, 'etc/apt/sources.list'), { force: true });
  await writeFile(sources, formatDeb822(archive.sources));
  await copyKeyrings(root, archive);
  for (const name of ['etc/resolv.conf', 'etc/hosts'])
    await copyFile(join('/', name), join(root, name));
  await writeFile(policy, '#!/bin/sh\nexit 101\n'); // no service is started in a root that is being made
  await chmod(policy, 0o755);
  const proxy = await configuredProxy(work);
  const apt = (doing: string, ...args: readonly string[]): Promise<string> =>
    inRoot(
      work,
      root,
      [
        'apt-get',
        ...proxy,
        '-o',
        'Dpkg::Options::=--force-unsafe-io',
        '-o',
        'Acquire::Retries=3',
        '--quiet',
        '--yes',
        ...args,
      ],
      (line) => {
        const name = /^(?:Unpacking|Setting up) (\S+)/.exec(line)?.[1];
        work.doing(name === undefined ? doing : `${doing}, ${name}`);
      },
    );
  await apt('reading package lists', 'update');
  await apt('upgrading', 'dist-upgrade');
  await apt(
    'installing packages',
    'install',
    '--no-install-recommends',
    ...(await choose(work, root, packages)),
  );
  await inRoot(work, root, ['apt-get', 'clean']);
  await Promise.all(
    [policy, join(root, 'var/lib/apt/lists'), join(root, 'etc/resolv.conf')].map((path) =>
      rm(path, { recursive: true, force: true }),
    ),
  );
}

async function choose(
  work: Work,
  root: string,
  packages: readonly (string | readonly string[])[],
): Promise<readonly string[]> {
  const chosen = packages.map(async (names) => {
    if (typeof names === 'string') return names;
    const policy = await inRoot(work, root, ['apt-cache', 'policy', ...names]);
    const known = new Set(
      [...policy.matchAll(/^(\S+):\n.*\n {2}Candidate: (?!\(none\))/gm)].map((match) => match[1]),
    );
    return names.find((name) => known.has(name)) ?? names[0] ?? '';
  });
  return Promise.all(chosen);
}

/** Runs a command inside a root, with its own /proc, mounts and processes, all of which end with it. */
export function inRoot(
  work: Work,
  root: string,
  command: readonly string[],
  onLine?: (line: string) => void,
): Promise<string> {
  const env = {
    DEBIAN_FRONTEND: 'noninteractive',
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  };
  const options = { env, ...(onLine === undefined ? {} : { onLine }) };
  const unshare = [
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    `--root=${root}`,
    '--mount-proc',
    '--',
    ...command,
  ];
  return work.run('unshare', unshare, options);
}

async function copyKeyrings(root: string, archive: Archive): Promise<void> {
  for (const { signedBy } of archive.sources) {
    if (signedBy === undefined || existsSync(join(root, signedBy))) continue;
    await mkdir(dirname(join(root, signedBy)), { recursive: true });
    await copyFile(signedBy, join(root, signedBy));
  }
}

/** The machine's proxy for packages, as apt options; the root's apt does not read the machine's configuration. */
async function configuredProxy(work: Work): Promise<readonly string[]> {
  const dump = await work.run('apt-config', ['dump', '--format', '%f=%v%n', 'Acquire']);
  return dump
    .split('\n')
    .flatMap((line) => (/^Acquire::https?::(\S*::)?Proxy=./i.test(line) ? ['-o', line] : []));
}
