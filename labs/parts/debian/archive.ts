import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PartError } from '../builder/part-error.js';
import { parseDeb822Sources, parseOneLineSources } from './apt-sources.js';
import type { AptSource } from './apt-sources.js';

/** Where this machine gets its own distribution from. */
export interface Archive {
  /** Code name, `bookworm`. */
  readonly suite: string;
  /** The release itself: debootstrap's mirror. One URI, one suite. */
  readonly main: AptSource;
  /** The release, its updates and its security updates: what apt in a root may use. */
  readonly sources: readonly AptSource[];
}

/** Pockets of a release that hold newer versions of its own packages; not backports, not proposed updates. */
const pockets = ['-updates', '-security'];

/** The archive of a suite out of apt's configuration below `folder`; throws `PartError` when it names none. */
export async function findArchive(suite: string, folder = '/etc/apt'): Promise<Archive> {
  const configured = await readSources(folder);
  const archive = chooseArchive(
    suite,
    await Promise.all(configured.map((each) => resolveMirrors(each))),
  );
  if (archive !== undefined) return archive;
  throw new PartError(
    `no entry for ${suite} main over http, https or file in the sources of ${folder}`,
    {
      hint: `add your distribution's archive to ${folder}/sources.list.d, as the distribution documents it`,
    },
  );
}

/** Picks the release and its pockets. Undefined when no source serves the suite's `main` component. */
export function chooseArchive(suite: string, sources: readonly AptSource[]): Archive | undefined {
  const usable = sources
    .filter((source) => source.components.includes('main'))
    .map((source) => ({
      ...source,
      uris: source.uris.filter((uri) => /^(https?|file):/.test(uri)),
    }))
    .filter((source) => source.uris.length > 0);
  const release = usable.find((source) => source.suites.includes(suite));
  const mirror = release?.uris[0];
  if (release === undefined || mirror === undefined) return undefined;
  const wanted = [suite, ...pockets.map((pocket) => suite + pocket)];
  return {
    suite,
    main: { ...release, uris: [mirror], suites: [suite] },
    sources: usable
      .map((source) => ({
        ...source,
        suites: source.suites.filter((each) => wanted.includes(each)),
      }))
      .filter((source) => source.suites.length > 0),
  };
}

/** One deb822 stanza for each source, for a root's `/etc/apt/sources.list.d`. */
export function formatDeb822(sources: readonly AptSource[]): string {
  return sources
    .map((source) =>
      [
        'Types: deb',
        `URIs: ${source.uris.join(' ')}`,
        `Suites: ${source.suites.join(' ')}`,
        `Components: ${source.components.join(' ')}`,
        ...(source.signedBy === undefined ? [] : [`Signed-By: ${source.signedBy}`]),
        ...(source.trusted ? ['Trusted: yes'] : []),
      ].join('\n'),
    )
    .join('\n\n')
    .concat('\n');
}

async function readSources(folder: string): Promise<readonly AptSource[]> {
  const below = join(folder, 'sources.list.d');
  const names = (await readdir(below).catch(() => [])).toSorted();
  const files = [join(folder, 'sources.list'), ...names.map((name) => join(below, name))];
  const read = files.map(async (file) => {
    const text = await readFile(file, 'utf8').catch(() => '');
    return file.endsWith('.sources') ? parseDeb822Sources(text) : parseOneLineSources(text);
  });
  return (await Promise.all(read)).flat();
}

/** Cloud images name their mirrors in a file (`mirror+file:/etc/apt/mirrors/…`), which debootstrap does not read. */
async function resolveMirrors(source: AptSource): Promise<AptSource> {
  const uris = source.uris.map(async (uri) => {
    if (!uri.startsWith('mirror+file:')) return [uri];
    const text = await readFile(uri.replace(/^mirror\+file:(\/\/)?/, ''), 'utf8').catch(() => '');
    return text.split('\n').flatMap((line) => /^\s*((?:https?|file):\S+)/.exec(line)?.[1] ?? []);
  });
  return { ...source, uris: (await Promise.all(uris)).flat() };
}
