import { describe, expect, test } from '@jest/globals';
import { maxLineBytes, toRequest } from '../../../activities/targets/request.js';

const invalid = expect.objectContaining({ code: 'input-invalid', class: 'permanent' });

describe('toRequest', () => {
  test('fills in what is left out', () => {
    const request = toRequest('ip', ['route']);
    expect(request).toMatchObject({
      argv: ['ip', 'route'],
      timeoutMs: 30_000,
      sudo: false,
      exits: [0],
      capture: 4 * 1024 * 1024,
      quiet: false,
      failure: 'command-failed',
    });
    expect(request.input).toHaveLength(0);
  });

  test.each([
    ['a NUL in an argument', ['echo', ['a\0b'], {}]],
    ['a NUL in the command', ['ec\0ho', [], {}]],
    ['a NUL in a variable', ['echo', [], { env: { A: '\0' } }]],
    ['half a character', ['echo', ['\ud800'], {}]],
    ['a command that looks like an option', ['-oProxyCommand=x', [], {}]],
    ['no command', ['', [], {}]],
    ['a variable with a strange name', ['echo', [], { env: { 'A=B; x': '1' } }]],
    ['no time', ['echo', [], { timeout: 0 }]],
    ['an endless time', ['echo', [], { timeout: Number.POSITIVE_INFINITY }]],
    ['a longer line than one argument may be', ['echo', ['x'.repeat(maxLineBytes)], {}]],
  ] as const)('refuses %s', (_, [command, args, options]) => {
    expect(() => toRequest(command, args, options)).toThrow(invalid);
  });

  test('whole pairs of surrogates are characters like any other', () => {
    expect(toRequest('echo', ['🦀\u{10ffff}']).argv).toEqual(['echo', '🦀\u{10ffff}']);
  });
});
