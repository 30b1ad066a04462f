import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from '@jest/globals';
import { errorCodes } from '../../core/errors.js';
import { root } from './pages.js';

const folder = `${root}/docs/errors`;
const pages = readdirSync(folder)
  .filter((name) => name !== 'README.md')
  .map((name) => basename(name, '.md'))
  .sort();

test('every code has a page, and every page has a code', () => {
  expect(pages).toEqual(Object.keys(errorCodes).sort());
});

test.each(Object.entries(errorCodes))('page %s begins with code and summary', (code, summary) => {
  const [title, , line] = readFileSync(`${folder}/${code}.md`, 'utf8').split('\n');
  expect([title, line]).toEqual([`# ${code}`, summary]);
});

test('the list of pages tells the same', () => {
  const list = readFileSync(`${folder}/README.md`, 'utf8');
  const listed = [...list.matchAll(/^\| \[([a-z-]+)\]\(\1\.md\) +\| (.*?) +\|$/gm)];
  expect(Object.fromEntries(listed.map(([, code, summary]) => [code, summary]))).toEqual(
    errorCodes,
  );
});
