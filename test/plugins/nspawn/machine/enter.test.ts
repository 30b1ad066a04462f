import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { enter } from '../../../../plugins/nspawn/machine/enter.js';

/** Folders that stand for a hierarchy; what is written to its list of controllers is printed. */
const script = `${enter}
top=$1 group=nspawn-lab/k8s-w0 memory=$2 leaf=$3
hierarchies() { echo "$top"; }
mkfifo "$top/cgroup.subtree_control"
exec 3<> "$top/cgroup.subtree_control"
echo cpuset cpu io memory hugetlb pids rdma misc > "$top/cgroup.controllers"
mkdir -p "$top/$group/$leaf"
: > "$top/$group/$leaf/memory.max"
enter "$leaf" || exit 1
echo end >&3
while read -r line <&3 && [ "$line" != end ]; do echo "$line"; done
`;

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'groups-'));
});
afterEach(() => {
  rmSync(top, { recursive: true });
});

function run(memory: string, leaf: string): { handedDown: string[]; limit: string } {
  const text = execFileSync('sh', ['-c', script, 'enter', top, memory, leaf], { encoding: 'utf8' });
  const group = join(top, 'nspawn-lab', 'k8s-w0', leaf);
  expect(existsSync(join(group, 'cgroup.procs'))).toBe(true);
  return {
    handedDown: text.trim().split('\n').sort(),
    limit: readFileSync(join(group, 'memory.max'), 'utf8').trim(),
  };
}

describe('the control groups of a machine, with version 2', () => {
  test('have the controllers that systemd hands on, and no others', () => {
    expect(run('', 'guest')).toEqual({
      handedDown: ['+cpu', '+cpuset', '+io', '+memory', '+pids'],
      limit: '',
    });
  });

  test('keep the guest within its memory, not its keeper', () => {
    expect(run('1048576', 'guest').limit).toBe('1048576');
    rmSync(join(top, 'cgroup.subtree_control'));
    expect(run('1048576', 'keeper').limit).toBe('');
  });
});
