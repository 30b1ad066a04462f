import { describe, expect, test } from '@jest/globals';
import { jsonBytes } from '../../../../core/excerpt.js';
import { parseLook } from '../../../../plugins/linux/files/state.js';
import { runFolder } from '../../../../plugins/linux/files/store.js';
import { temporaryName } from '../../../../plugins/linux/files/place.js';

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const sum = 'a'.repeat(64);
const file = (mode: string, content: string | Buffer) =>
  `${base64('/etc/x')}\nis ${mode} 0 0 root root\n${sum}  -\ncontent ${base64(content)}\n`;

describe('what was seen at a path', () => {
  test('small public text is remembered', () => {
    expect(parseLook(file('81a4', 'hello\n'), false).state).toEqual({
      kind: 'file',
      mode: '0644',
      uid: 0,
      gid: 0,
      sha256: sum,
      content: 'hello\n',
    });
  });

  test.each([
    ['private', file('8180', 'hello\n'), false],
    ['sensitive', file('81a4', 'hello\n'), true],
    ['not UTF-8', file('81a4', Buffer.from([0xff])), false],
    ['long', file('81a4', 'x'.repeat(600)), false],
    ['long once it is JSON', file('81a4', '\u0001'.repeat(150)), false],
    ['large', `${base64('/etc/x')}\nis 81a4 0 0 root root\n${sum}  -\nlarge\n`, false],
  ])('%s content is not', (_title, stdout, sensitive) => {
    const { state } = parseLook(stdout, sensitive);
    expect(state.kind === 'file' && state.content).toBe(undefined);
    expect(jsonBytes(state)).toBeLessThan(256);
  });

  test('bits beyond the permissions', () => {
    expect(parseLook(file('89ed', ''), false).state).toMatchObject({ mode: '4755', content: '' });
  });

  test('nothing, and which folder is missing', () => {
    expect(parseLook(`${base64('/a/b')}\nabsent ${base64('/a')}\n`, false).state).toEqual({
      kind: 'absent',
      missing: '/a',
    });
    expect(parseLook(`${base64('/a')}\nabsent \n`, false).state).toEqual({
      kind: 'absent',
      missing: null,
    });
  });

  test('folders, links and others', () => {
    const at = (rest: string) => parseLook(`${base64('/a')}\n${rest}\n`, false);
    expect(at('is 41ed 1 2 a b\nempty')).toMatchObject({
      empty: true,
      state: { kind: 'directory', mode: '0755', uid: 1, gid: 2 },
    });
    expect(at(`link ${base64('to\nthere')}`).state).toEqual({ kind: 'link', to: 'to\nthere' });
    expect(at('is 11a4 0 0 root root').state).toEqual({ kind: 'other', type: 'named pipe' });
  });

  test('anything else is an error', () => {
    expect(() => parseLook('', false)).toThrow(TypeError);
    expect(() => parseLook('x\nis what 0 0 a b', false)).toThrow(TypeError);
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
