import { describe, expect, test } from '@jest/globals';
import { jsonBytes } from '../../../../core/excerpt.js';
import { parseLook } from '../../../../plugins/linux/files/state.js';
import { runFolder } from '../../../../plugins/linux/files/store.js';
import { temporaryName } from '../../../../plugins/linux/files/place.js';

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const sum = 'a'.repeat(64);
const file = (mode: string, content: string | Buffer) =>
  `\nis ${mode} 0 0 root root ${content.length}\ncontent ${base64(content)}\n`;
const parse = (stdout: string, sensitive = false) => parseLook(stdout, '/etc/x', sensitive);

describe('what was seen at a path', () => {
  test('small public text is remembered', () => {
    expect(parse(file('81a4', 'hello\n')).state).toEqual({
      kind: 'file',
      mode: '0644',
      uid: 0,
      gid: 0,
      // printf 'hello\n' | sha256sum
      sha256: '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03',
      content: 'hello\n',
    });
  });

  test.each([
    ['private', file('8180', 'hello\n'), false],
    ['sensitive', file('81a4', 'hello\n'), true],
    ['not UTF-8', file('81a4', Buffer.from([0xff])), false],
    ['long', file('81a4', 'x'.repeat(600)), false],
    ['long once it is JSON', file('81a4', '\u0001'.repeat(150)), false],
    ['large', `\nis 81a4 0 0 root root 70000\n${sum}  -\n`, false],
  ])('%s content is not', (_title, stdout, sensitive) => {
    const { state } = parse(stdout, sensitive);
    expect(state.kind === 'file' && state.content).toBe(undefined);
    expect(jsonBytes(state)).toBeLessThan(256);
  });

  test('bits beyond the permissions', () => {
    expect(parse(file('89ed', '')).state).toMatchObject({ mode: '4755', content: '' });
  });

  test('nothing, and which folder is missing', () => {
    expect(parse(`\nabsent ${base64('/a')}\n`).state).toEqual({
      kind: 'absent',
      missing: '/a',
    });
    expect(parse('\nabsent \n').state).toEqual({
      kind: 'absent',
      missing: null,
    });
  });

  test('folders, links and others', () => {
    const at = (rest: string) => parse(`\n${rest}\n`);
    expect(at('is 41ed 1 2 a b\nempty')).toMatchObject({
      empty: true,
      state: { kind: 'directory', mode: '0755', uid: 1, gid: 2 },
    });
    expect(at(`link ${base64('to\nthere')}`).state).toEqual({ kind: 'link', to: 'to\nthere' });
    expect(at('is 11a4 0 0 root root').state).toEqual({ kind: 'other', type: 'named pipe' });
  });

  test('the sum of a large file is the one that the target made, its content is not here', () => {
    const seen = parse(`\nis 81a4 0 0 root root 70000\n${sum}  -\n`);
    expect(seen).toMatchObject({ path: '/etc/x', text: null, state: { sha256: sum } });
  });

  test('a link that was followed leads to another path', () => {
    const seen = parse(`${base64('/srv/x y')}\nis 81a4 0 0 root root 0\ncontent \n`);
    expect(seen).toMatchObject({ path: '/srv/x y', text: '', state: { content: '' } });
  });

  test('anything else is an error', () => {
    expect(() => parse('')).toThrow(TypeError);
    expect(() => parse('x\nis what 0 0 a b')).toThrow(TypeError);
    expect(() => parse('\nis 81a4 0 0 a b 3\n')).toThrow(TypeError);
    expect(() => parse('\nis 81a4 0 0 a b 3\ncontent YQ== and more\n')).toThrow(TypeError);
  });
});

describe('names', () => {
  test('folders of runs are plain, and different for different runs', () => {
    expect(runFolder('maintenance-w0-1')).toBe('maintenance-w0-1');
    const odd = ['a/b', 'a_b', 'a.b', '../../etc', 'a b', 'x'.repeat(200)].map(runFolder);
    for (const name of odd) expect(name).toMatch(/^[A-Za-z0-9_-]{1,90}$/);
    expect(new Set(odd).size).toBe(odd.length);
  });

  test('a file is written under a name of its own, beside it', () => {
    expect(temporaryName('/etc/hosts')).toMatch(/^\/etc\/\.runbook-[0-9a-f]{16}\.tmp$/);
    expect(temporaryName('/etc/hosts')).not.toBe(temporaryName('/etc/hostname'));
    expect(temporaryName('/hosts')).toMatch(/^\/\.runbook-/);
  });
});
