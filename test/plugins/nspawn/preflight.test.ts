import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { obstacle, parsePreflight, type Preflight } from '../../../plugins/nspawn/preflight.js';

const capture = readFileSync(
  new URL('../../fixtures/nspawn/preflight-v1.out', import.meta.url),
  'utf8',
);
const version2 = `user 0
memory 4000
groups cgroup2fs
delegate yes
controllers cpuset cpu io memory hugetlb pids rdma misc
`;
const wanted: Preflight = { tools: ['ip'], groups: true };

function found(text: string, more: Partial<Preflight> = {}) {
  return obstacle('local', parsePreflight(text), { ...wanted, ...more });
}

describe('what stands in the way of a lab', () => {
  test('nothing, with control groups of version 1 and of version 2', () => {
    expect(found(capture, { overlay: '/srv', requires: { memory: 100, disk: 100 } })).toBeNull();
    expect(found(version2)).toBeNull();
  });

  test('missing tools, with their packages', () => {
    const error = found(`${capture}missing systemd-nspawn\nmissing nsenter\nmissing unshare\n`);
    expect(error).toMatchObject({ code: 'tool-missing', class: 'permanent' });
    expect(error?.message).toBe('local: there is no systemd-nspawn, no nsenter, no unshare');
    expect(error?.hint).toBe(
      'apt-get install --no-install-recommends systemd-container util-linux',
    );
  });

  test.each([
    ['another user', capture.replace('user 0', 'user 1000'), {}, 'a lab is made by root'],
    [
      'control groups that are read-only',
      capture.replace('delegate yes\n', ''),
      {},
      'may not be written',
    ],
    [
      'controllers that are kept back',
      version2.replace(' memory hugetlb', ''),
      {},
      'controllers memory are not',
    ],
    [
      'a container whose processes live at the top',
      `${version2}crowded yes\n`,
      {},
      'processes live in the top',
    ],
    [
      'an overlay over an overlay',
      capture.replace('ext2/ext3', 'overlayfs'),
      { overlay: '/srv' },
      '/srv is on overlayfs',
    ],
    ['too little memory', capture, { requires: { memory: 99_000 } }, '99000 are needed'],
    ['too little disk', capture, { requires: { disk: 999_000, at: '/srv' } }, 'free at /srv'],
  ])('%s', (_, text, more, why) => {
    const error = found(text, more);
    expect(error).toMatchObject({ code: 'refused', class: 'permanent' });
    expect(error?.message).toContain(why);
    expect(error?.hint).toMatch(/^[A-Z].+\.$/);
  });
});
