import { describe, expect, test } from '@jest/globals';
import { configuredKeys } from '../../../core/codec/configured.js';
import { newKey } from '../../../core/codec/keys.js';
import type { System } from '../../../core/definition/places.js';

const [one, two, three] = [newKey('one'), newKey('two'), newKey('three')];

function systemOf(environment: Record<string, string>, mode = 0o100600): System {
  return {
    environment,
    home: '/home/me',
    readFile: (path) => {
      if (path === '/p/keys' || path === '/home/me/keys') return `${two}\n`;
      throw Object.assign(new Error('none'), { code: 'ENOENT' });
    },
    readFolder: () => [],
    mode: () => mode,
    resolve: (...parts) => parts.join('/'),
    hash: () => '',
  };
}
const ids = (...args: Parameters<typeof configuredKeys>): string[] =>
  configuredKeys(...args).map(({ id }) => id);

test('keys come from the project, and from the environment before it', () => {
  expect(ids(systemOf({}), '/p', undefined)).toEqual([]);
  expect(ids(systemOf({}), '/p', { keys: { file: 'keys' } })).toEqual(['two']);
  expect(ids(systemOf({}), '/p', { keys: { file: '~/keys' } })).toEqual(['two']);
  expect(ids(systemOf({ RING: three }), '/p', { keys: { env: 'RING' } })).toEqual(['three']);
  const both = systemOf({ RUNBOOK_CODEC_KEYS: `${one},${three}` });
  expect(ids(both, '/p', { keys: { file: 'keys' } })).toEqual(['one', 'three']);
  expect(ids(both, '/p', undefined)).toEqual(['one', 'three']);
});

describe('what is configured and cannot be had is an error', () => {
  test.each([
    [
      'a variable',
      systemOf({}),
      { keys: { env: 'RING' } },
      'RING with the keys of the codec is not set',
    ],
    ['a file', systemOf({}), { keys: { file: 'away' } }, 'there is no file /p/away'],
    ['an open file', systemOf({}, 0o100640), { keys: { file: 'keys' } }, 'keys has mode 0640'],
  ])('%s', (_, system, settings, message) => {
    expect(() => configuredKeys(system, '/p', settings)).toThrow(
      expect.objectContaining({
        code: 'keys-unavailable',
        message: expect.stringContaining(message),
      }),
    );
  });
});
