import { basename, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fileName } from '../../../activities/log/name.js';

const hostile = [
  '..',
  '.',
  '',
  '/',
  '../../etc/passwd',
  'a/b',
  'a\\b',
  'a\0b',
  'a\nb',
  '-rf',
  '~',
  '%2e',
];

describe('fileName', () => {
  test.each(hostile)('of %j stays in its folder', (text) => {
    const name = fileName(text);
    expect(name).not.toMatch(/[/\\\0\n]/);
    expect(name.startsWith('.')).toBe(false);
    expect(name).not.toBe('');
    expect(basename(join('/logs', name))).toBe(name);
  });

  test('of different texts is different', () => {
    const texts = [
      ...hostile,
      'A',
      'a',
      'a%2Fb',
      '%',
      'é',
      'e\u0301',
      'x'.repeat(500),
      'x'.repeat(501),
    ];
    expect(new Set(texts.map(fileName)).size).toBe(texts.length);
  });

  test('keeps what is plain, and fits into a file system', () => {
    expect(fileName('node-maintenance-k8s-w0-20261123-1')).toBe(
      'node-maintenance-k8s-w0-20261123-1',
    );
    expect(fileName('run/drain[router]')).toBe('run%2Fdrain%5Brouter%5D');
    expect(fileName('ü'.repeat(400)).length).toBeLessThan(200);
  });
});
