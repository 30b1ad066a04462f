import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { pages, prose, root } from './pages.js';

/** The name by which GitHub reaches a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

function anchors(path: string): readonly string[] {
  const text = readFileSync(path, 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchor(heading));
}

/** Why a link leads nowhere, or null. */
function fault(from: string, link: string): string | null {
  if (/^[a-z]+:/.test(link)) return null;
  const [path = '', name] = link.split('#');
  const file = path === '' ? `${root}/${from}` : resolve(root, dirname(from), path);
  if (!existsSync(file)) return `${link}: there is no such file`;
  if (name === undefined || anchors(file).includes(name)) return null;
  return `${link}: there is no such heading`;
}

test.each(pages().map(({ path, text }) => [path, text] as const))(
  'links of %s lead somewhere',
  (path, text) => {
    const links = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    expect(links.map((link) => fault(path, link)).filter((why) => why !== null)).toEqual([]);
  },
);
