import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseDeb822Sources, parseOneLineSources } from '../../../labs/parts/debian/apt-sources.js';
import { chooseArchive, findArchive, formatDeb822 } from '../../../labs/parts/debian/archive.js';
import { ownFolder } from './folder.js';

const deb822 = `# written by an installer
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
 bookworm-backports
# a comment between fields
Components: main contrib
Signed-By: /usr/share/keyrings/example.gpg

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Types: deb
Enabled: no
URIs: http://off.example/
Suites: bookworm
Components: main

Types: deb-src
URIs: http://source.example/
Suites: bookworm
Components: main
`;

const oneLine = `
# deb http://commented.example/ bookworm main
deb [arch=amd64 signed-by=/etc/keys/tools.gpg] http://tools.example/apt stable main # tools
deb http://mirror.example/ubuntu noble main universe
deb [trusted=yes] http://mirror.example/ubuntu noble-updates main universe
deb http://mirror.example/ubuntu noble-security main universe
deb-src http://mirror.example/ubuntu noble main
`;

test('a deb822 file gives its enabled binary repositories', () => {
  expect(parseDeb822Sources(deb822)).toEqual([
    {
      uris: ['http://mirror.example/debian'],
      suites: ['bookworm', 'bookworm-updates', 'bookworm-backports'],
      components: ['main', 'contrib'],
      signedBy: '/usr/share/keyrings/example.gpg',
      trusted: false,
    },
    {
      uris: ['http://security.example/debian-security'],
      suites: ['bookworm-security'],
      components: ['main'],
      trusted: false,
    },
  ]);
});

test('a one-line file gives its binary repositories with their options', () => {
  const sources = parseOneLineSources(oneLine);
  expect(sources.map((source) => [source.uris[0], source.suites[0], source.trusted])).toEqual([
    ['http://tools.example/apt', 'stable', false],
    ['http://mirror.example/ubuntu', 'noble', false],
    ['http://mirror.example/ubuntu', 'noble-updates', true],
    ['http://mirror.example/ubuntu', 'noble-security', false],
  ]);
  expect(sources[0]).toMatchObject({ signedBy: '/etc/keys/tools.gpg', components: ['main'] });
  expect(sources[1]?.components).toEqual(['main', 'universe']);
});

test('the archive is the release with its updates and security updates, without backports', () => {
  const archive = chooseArchive('bookworm', parseDeb822Sources(deb822));
  expect(archive?.main).toMatchObject({
    uris: ['http://mirror.example/debian'],
    suites: ['bookworm'],
  });
  expect(archive?.sources.map((source) => source.suites)).toEqual([
    ['bookworm', 'bookworm-updates'],
    ['bookworm-security'],
  ]);
});

test('other repositories are no archive, nor is one that debootstrap cannot read', () => {
  expect(chooseArchive('bookworm', parseOneLineSources(oneLine))).toBeUndefined();
  expect(
    chooseArchive('bookworm', parseOneLineSources('deb cdrom:[x]/ bookworm main')),
  ).toBeUndefined();
});

test('what is written for a root reads back the same', () => {
  const archive = chooseArchive('noble', parseOneLineSources(oneLine));
  expect(parseDeb822Sources(formatDeb822(archive?.sources ?? []))).toEqual(archive?.sources);
});

test('mirrors that a file lists are found, and a machine without an archive is told so', async () => {
  const folder = await ownFolder('apt');
  await mkdir(join(folder, 'sources.list.d'));
  const list = join(folder, 'mirrors.list');
  await writeFile(list, 'http://first.example/debian\tpriority:1\nhttp://second.example/debian\n');
  const text = `Types: deb\nURIs: mirror+file:${list}\nSuites: trixie trixie-updates\nComponents: main\n`;
  await writeFile(join(folder, 'sources.list.d', 'debian.sources'), text);
  expect((await findArchive('trixie', folder)).main.uris).toEqual(['http://first.example/debian']);
  await expect(findArchive('bookworm', folder)).rejects.toThrow('no entry for bookworm main');
});
