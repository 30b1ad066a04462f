import { describe, expect } from '@jest/globals';
import { nspawnSnapshot } from '../../../plugins/nspawn/snapshot.js';
import { laws } from '../../laws.js';
import { attempt } from '../../laws/attempt.js';
import { needs } from '../../needs.js';
import { treeScript } from '../../targets/tree.js';
import { createLabStage, stageNeeds } from './stage.js';

const test = needs(stageNeeds);

/**
 * A golden store, and two machines whose disks began as links to it: a file that is still shared, one that
 * was replaced, one with two names of its own, a database, and whiteouts and attributes of overlays.
 */
const disks = `rm -rf /tmp/lab; mkdir -p /tmp/lab/golden /tmp/lab/snapshots; cd /tmp/lab
echo layer > golden/blob; echo twin > golden/twin; ln golden/twin golden/twin2; echo db > golden/meta.db
for machine in a b; do
  mkdir -p $machine/disk/upper/etc $machine/disk/volumes/var%2Fkubelet
  echo $machine > $machine/disk/upper/etc/hostname; chmod 640 $machine/disk/upper/etc/hostname
  mknod $machine/disk/upper/gone c 0 0
  cp -al golden $machine/disk/volumes/store
  cp -p golden/meta.db $machine/disk/volumes/store/meta.db.own
  mv $machine/disk/volumes/store/meta.db.own $machine/disk/volumes/store/meta.db
  echo mine > $machine/disk/volumes/store/mine
  echo two > $machine/disk/volumes/store/two; ln $machine/disk/volumes/store/two $machine/disk/volumes/store/two2
done`;

const look = `${treeScript('/tmp/lab')}
cd /tmp/lab; cat */snapshot 2>/dev/null || :`;

const stage = createLabStage(disks, look);

const machines = ['a', 'b'].map((name) => ({
  name,
  dir: `/tmp/lab/${name}`,
  seed: { from: '/tmp/lab/golden', to: '/store' },
}));
const snapshot = { name: 'fresh', dir: '/tmp/lab/snapshots', prefix: 'lab', machines };

/** A snapshot of both disks, and what a machine's start does to the mark of its disk. */
const saved = `cd /tmp/lab; mkdir -p snapshots/fresh/machines; echo 0123456789abcdef > snapshots/fresh/id
for machine in a b; do cp -a $machine/disk snapshots/fresh/machines/$machine; done`;
const used = 'for machine in a b; do echo changed > $machine/disk/upper/etc/hostname; done';

laws(nspawnSnapshot, {
  test,
  killPoints: 3,
  timeoutMs: 120_000,
  cases: [
    stage.situation('nothing saved', ':', { ...snapshot, state: 'saved' }),
    stage.situation('saved before', saved, { ...snapshot, state: 'saved' }, { finds: 'nothing' }),
    stage.situation(
      'disks that are equal to another snapshot',
      'for machine in a b; do echo fedcba9876543210 > /tmp/lab/$machine/snapshot; done',
      { ...snapshot, state: 'saved' },
    ),
    stage.situation('half a snapshot', 'mkdir -p /tmp/lab/snapshots/fresh.new/machines/b', {
      ...snapshot,
      name: 'other',
      state: 'saved',
    }),
    stage.situation(
      'disks that were used',
      `${saved}; ${used}`,
      { ...snapshot, state: 'restored' },
      { undo: 'irreversible' },
    ),
    stage.situation('machines without disks', `${saved}; rm -r a b`, {
      ...snapshot,
      state: 'restored',
    }),
    stage.situation(
      'disks that are still equal to it',
      `${saved}; echo 0123456789abcdef | tee a/snapshot > b/snapshot`,
      { ...snapshot, state: 'restored' },
      { finds: 'nothing' },
    ),
    stage.situation(
      'a snapshot that is to go',
      saved,
      { ...snapshot, state: 'absent' },
      { undo: 'irreversible' },
    ),
  ],
  bad: [
    { title: 'a name with a slash', input: { ...snapshot, state: 'saved', name: '../x' } },
    { title: 'no machine', input: { ...snapshot, state: 'saved', machines: [] } },
    {
      title: 'the same machine twice',
      input: { ...snapshot, state: 'saved', machines: [machines[0], machines[0]] },
    },
    { title: 'an unknown state', input: { ...snapshot, state: 'present' } },
  ],
});

describe('a copy of a disk', () => {
  const links = `cd /tmp/lab/$1/volumes/store
for file in blob twin twin2 meta.db mine two two2; do
  [ "$file" -ef "/tmp/lab/golden/$file" ] && echo "$file golden" && continue
  [ "$file" -ef "/tmp/lab/a/disk/volumes/store/$file" ] && echo "$file shared" || echo "$file own"
done`;
  const expected = [
    'blob golden',
    'twin golden',
    'twin2 golden',
    'meta.db own',
    'mine own',
    'two own',
    'two2 own',
  ];

  test('shares with the seed what the disk shares with it, and nothing with the disk', async () => {
    const world = await stage.situation('', ':', { ...snapshot, state: 'saved' }).arrange();
    const { sh } = await stage.sandbox();
    const worker = attempt(nspawnSnapshot, world);
    await worker.apply((await worker.check()).before);
    expect((await sh(links, 'snapshots/fresh/machines/a')).trim().split('\n')).toEqual(expected);
    await sh('cd /tmp/lab; rm a/snapshot; rm a/disk/volumes/store/blob');
    const back = attempt(nspawnSnapshot, { ...world, input: { ...snapshot, state: 'restored' } });
    await back.apply((await back.check()).before);
    await sh('echo more >> /tmp/lab/a/disk/volumes/store/mine');
    expect(await sh('cat /tmp/lab/snapshots/fresh/machines/a/volumes/store/mine')).toBe('mine\n');
    expect(await sh('cat /tmp/lab/a/disk/volumes/store/blob')).toBe('layer\n');
  });

  test('shares nothing with a seed that was replaced by another', async () => {
    const world = await stage
      .situation('', 'cd /tmp/lab; mv golden old; cp -a old golden', {
        ...snapshot,
        state: 'saved',
      })
      .arrange();
    const { sh } = await stage.sandbox();
    const worker = attempt(nspawnSnapshot, world);
    await worker.apply((await worker.check()).before);
    const found = await sh(links, 'snapshots/fresh/machines/a');
    expect(found).not.toContain('golden');
    expect(found).not.toContain('shared');
  });
});
