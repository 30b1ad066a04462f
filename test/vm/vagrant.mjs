import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildParts } from '../../scripts/lab.mjs';
import { giveUp, say } from '../../scripts/run.mjs';
import { build as compile, installPackages, noLab, root } from '../../scripts/setup.mjs';
import { kvmWorks } from './kvm.mjs';

// Runs the real `vagrant up --provider=libvirt`: a box made from this distribution's own packages, a libvirtd of its own in
// namespaces of its own, at most two virtual machines. Nothing of it stays but the box, in the cache. Not part of npm test.

/** Debian packages of the libvirt provider, as runbooks/provider-setup.yaml installs them, and what makes the box. */
const packages = [
  'qemu-system-x86',
  'qemu-utils',
  'libvirt-daemon-system',
  'libvirt-clients',
  'dnsmasq-base',
  'vagrant',
  'vagrant-libvirt',
  'e2fsprogs',
];

function skip(why) {
  say(`skipped: ${why}`);
  process.exit(0);
}

const without = noLab() ?? (process.arch === 'x64' ? null : 'the box is an x86-64 one');
if (without !== null) skip(without);
await installPackages();
await compile();

const parts = await import('../../dist/labs/parts/index.js');
await parts.ensureAptPackages(packages).catch((error) => skip(`no libvirt: ${error.message}`));
say('the Temporal CLI: built once');
if ((await buildParts(['temporal'])) !== 0) giveUp('The tests need it.');

say("the box: built once from this distribution's packages, in some minutes");
const { box } = await import('./box.mjs');
const cache = parts.openCache(join(parts.cacheRoot(), 'vm'));
await parts.build(['box'], { all: [box], cacheRoot: cache.root, installPackages: true });
const boxFolder = join(cache.current, 'box');

const kvm = await kvmWorks(join(boxFolder, 'vmlinuz'));
say(`the machines run ${kvm ? 'by KVM' : 'emulated: this machine has no KVM that works'}`);

const folder = mkdtempSync(join(tmpdir(), 'vagrant-'));
mkdirSync(join(folder, 'home'));
cpSync(join(root, 'labs', 'vagrant-frr'), join(folder, 'project'), { recursive: true });
const jest = [
  ['--experimental-vm-modules', '--no-warnings', join(root, 'node_modules/jest/bin/jest.js')],
  [
    '--ci',
    '--runInBand',
    '--forceExit',
    '--verbose',
    'test/vm/libvirt.test.ts',
    'test/vm/vagrant.test.ts',
  ],
].flat();
const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
const child = spawn(
  'unshare',
  [...namespaces, 'sh', join(root, 'test/vm/virtual-host.sh'), folder, process.execPath, ...jest],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_ENV: 'test',
      HOME: join(folder, 'home'),
      RUNBOOK_CACHE_DIR: parts.cacheRoot(),
      RUNBOOK_STATE_DIR: join(folder, 'state'),
      RUNBOOK_TEMPORAL_CLI: join(parts.openCache().current, 'temporal', 'temporal'),
      RUNBOOK_VAGRANT: JSON.stringify({
        project: join(folder, 'project'),
        box: join(boxFolder, 'debian.box'),
        emulated: !kvm,
      }),
    },
  },
);
// Ctrl-C reaches the tests by itself; their namespaces end with them.
process.on('SIGINT', () => undefined);
const code = await new Promise((resolve, reject) => {
  child.on('error', reject).on('close', resolve);
});
rmSync(folder, { recursive: true, force: true });
if (code !== 0) giveUp('Not proven: see above.');
say('proven: vagrant and libvirt make, lose, recover and remove machines');
