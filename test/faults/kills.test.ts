import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { killLine, readKills } from './kills.js';

test('a process that is struck twice was killed once; another with its number was killed as well', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rb-kills-'));
  try {
    const path = join(folder, 'kills');
    expect(readKills(path)).toEqual([]);
    const lines = [
      killLine('worker', { pid: 7, began: 'boot:100' }, 1000),
      killLine('worker', { pid: 7, began: 'boot:100' }, 1005),
      killLine('server', { pid: 8, began: 'boot:50' }, 1010),
      killLine('worker', { pid: 7, began: 'boot:300' }, 2000),
    ];
    writeFileSync(path, lines.join(''));
    expect(readKills(path)).toEqual([
      { victim: 'worker', process: '7:100', at: 1000 },
      { victim: 'server', process: '8:50', at: 1010 },
      { victim: 'worker', process: '7:300', at: 2000 },
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
