import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  fingerprint,
  hostName,
  keyType,
  knownKeys,
} from '../../../../activities/targets/ssh/known-hosts.js';
import { needs } from '../../../needs.js';

const ed = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGaE1dQF2CwkU8wFhRFNMF0G7pvbsDDCzBf7A6KvhCm2';
const other = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBw1hb5lDEJ8LCTJGQzTQMvMNyfCXxBj3zqA9vKvLvSb';

function places(text: string, address: string, port = 22): string[] {
  return knownKeys(text, 'f', address, port).map(({ place, marker }) => `${place} ${marker}`);
}

describe('knownKeys', () => {
  test('finds names, lists, patterns and ports, and nothing else', () => {
    const text = [
      '# a comment',
      `router ${ed}`,
      `a,ROUTER.example,b ${ed} with a comment`,
      `10.0.0.* ${ed}`,
      `[router]:2222 ${ed}`,
      `*.lab,!bad.lab ${ed}`,
      `node? ${ed}`,
      '',
      'broken',
      `router ssh-rsa ${ed.split(' ')[1]}`,
      `\t router   ${other}`,
    ].join('\n');
    expect(places(text, 'router')).toEqual(['f:2 null', 'f:11 null']);
    expect(places(text, 'Router.Example')).toEqual(['f:3 null']);
    expect(places(text, '10.0.0.7')).toEqual(['f:4 null']);
    expect(places(text, 'router', 2222)).toEqual(['f:5 null']);
    expect(places(text, 'good.lab')).toEqual(['f:6 null']);
    expect(places(text, 'bad.lab')).toEqual([]);
    expect(places(text, 'node1')).toEqual(['f:7 null']);
    expect(places(text, 'node')).toEqual([]);
    expect(places(text, '10.0.0.7', 2222)).toEqual([]);
  });

  test('reads the markers, and passes over unknown ones', () => {
    const text = `@revoked * ${ed}\n@cert-authority *.lab ${ed}\n@unheard-of x ${ed}\n`;
    expect(places(text, 'x')).toEqual(['f:1 revoked']);
    expect(places(text, 'x.lab')).toEqual(['f:1 revoked', 'f:2 cert-authority']);
  });

  test('a pattern cannot make it slow', () => {
    const text = `${'*a'.repeat(60)}b ${ed}\n`;
    const began = performance.now();
    expect(places(text, 'a'.repeat(250))).toEqual([]);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  test('hosts are named as OpenSSH names them', () => {
    expect(hostName('Router', 22)).toBe('router');
    expect(hostName('10.0.0.1', 2222)).toBe('[10.0.0.1]:2222');
  });

  needs({ commands: ['ssh-keygen'] })('reads what ssh-keygen hashed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'runbook-known-'));
    try {
      const file = join(folder, 'known_hosts');
      writeFileSync(file, `router,10.0.0.1 ${ed}\n[router]:2222 ${other}\n`);
      execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
      const text = readFileSync(file, 'utf8');
      expect(text).toMatch(/^\|1\|/m);
      expect(text).not.toContain('router');
      const found = (address: string, port: number): string[] =>
        knownKeys(text, 'f', address, port).map((key) => key.key.toString('base64'));
      expect(found('router', 22)).toEqual([ed.split(' ')[1]]);
      expect(found('10.0.0.1', 22)).toEqual([ed.split(' ')[1]]);
      expect(found('router', 2222)).toEqual([other.split(' ')[1]]);
      expect(found('elsewhere', 22)).toEqual([]);
      const pub = join(folder, 'key.pub');
      writeFileSync(pub, `${ed}\n`);
      const shown = execFileSync('ssh-keygen', ['-lf', pub]).toString();
      expect(shown).toContain(fingerprint(Buffer.from(ed.split(' ')[1] ?? '', 'base64')));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a key that is none has no type', () => {
    expect(keyType(Buffer.from([0, 0]))).toBe('');
    expect(keyType(Buffer.from([255, 255, 255, 255, 97]))).toBe('a');
  });
});
