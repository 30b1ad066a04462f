import { chmod, mkdir, readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest } from '@jest/globals';
import type { ClusterSpec } from '../../../core/definition/inventory.js';
import type { Target } from '../../../core/target.js';
import { needs } from '../../needs.js';
import { hostSpec, inventoryOf, newRun, openDesk, sshSpec, type Desk, type Wish } from './desk.js';
import { sshdNeeds, startSshd } from './sshd.js';

jest.setTimeout(60_000);

const linux = needs({ linux: true, commands: ['timeout'] });
const remote = needs(sshdNeeds);
const uid = '3b1c9d1e-0000-4000-8000-000000000001';

/**
 * Stands for kubectl, helm and cilium: appends its arguments to a file, answers the question for the
 * namespace, and otherwise does what the file `behaviour` beside it says.
 */
const tool = `#!/bin/sh
here=$(dirname "$0")
{ printf '%s' "$(basename "$0")"; printf ' [%s]' "$@"; echo; } >>"$here/calls"
case "$*" in
  *'get namespace kube-system -o json') cat "$here/namespace"; exit 0 ;;
esac
if [ -e "$here/behaviour" ]; then . "$here/behaviour"; fi
`;

let desk: Desk;
let bin: string;

beforeEach(async () => {
  desk = await openDesk();
  bin = join(desk.folder, 'bin');
  await mkdir(bin);
  for (const name of ['kubectl', 'helm', 'cilium']) {
    await writeFile(join(bin, name), tool, { mode: 0o755 });
    await chmod(join(bin, name), 0o755);
  }
  await answerAs(uid);
  await writeFile(join(desk.folder, 'kubeconfig'), 'apiVersion: v1\n');
});
afterEach(() => desk.close());

function answerAs(uid: string): Promise<void> {
  return writeFile(
    join(bin, 'namespace'),
    JSON.stringify({ metadata: { name: 'kube-system', uid } }),
  );
}

function behave(script: string): Promise<void> {
  return writeFile(join(bin, 'behaviour'), script);
}

async function calls(): Promise<string[]> {
  const text = await readFile(join(bin, 'calls'), 'utf8').catch(() => '');
  return text.split('\n').filter(Boolean);
}

function spec(fields: Partial<ClusterSpec> = {}): ClusterSpec {
  return {
    kind: 'cluster',
    name: 'lab',
    kubeconfig: join(desk.folder, 'kubeconfig'),
    context: 'kubernetes-admin@lab',
    uid,
    controlPlane: null,
    via: null,
    path: [bin],
    vars: { a: 1 },
    taskQueue: null,
    ...fields,
  };
}

function open(fields: Partial<ClusterSpec> = {}, wish: Wish = {}): Target {
  return desk.open('lab', inventoryOf([], [spec(fields)]), wish);
}

/** Flags of the cluster, with the name of the private copy left out. */
function shape(call: string): string {
  return call.replace(/--kubeconfig=\S+\/kubeconfigs\/\S+\.yaml/, '--kubeconfig=COPY');
}

describe('a cluster with a kubeconfig', () => {
  linux('gives each tool its own flags, after asking once which cluster answers', async () => {
    const target = open({}, { verb: 'apply' });
    expect(target).toMatchObject({ name: 'lab', kind: 'cluster', cluster: 'lab', vars: { a: 1 } });
    await target.run('kubectl', ['get', 'nodes', '-o', 'json'], { timeout: '10s' });
    await target.run('kubectl', ['wait', '--for=condition=Ready', 'node/a'], { timeout: '90s' });
    await target.run('kubectl', ['get', 'pods', '--request-timeout=3s']);
    await target.run('helm', ['status', 'cilium', '-n', 'kube-system']);
    await target.run('cilium', ['status', '-o', 'json']);
    const context = '[--context=kubernetes-admin@lab]';
    expect((await calls()).map(shape)).toEqual([
      `kubectl [--kubeconfig=COPY] ${context} [--request-timeout=29s] [get] [namespace] [kube-system] [-o] [json]`,
      `kubectl [--kubeconfig=COPY] ${context} [--request-timeout=9s] [get] [nodes] [-o] [json]`,
      `kubectl [--kubeconfig=COPY] ${context} [--request-timeout=90s] [wait] [--for=condition=Ready] [node/a]`,
      `kubectl [--kubeconfig=COPY] ${context} [get] [pods] [--request-timeout=3s]`,
      'helm [--kubeconfig=COPY] [--kube-context=kubernetes-admin@lab] [status] [cilium] [-n] [kube-system]',
      `cilium [--kubeconfig=COPY] ${context} [status] [-o] [json]`,
    ]);
  });

  linux('logs the kubeconfig that an operator knows', async () => {
    const run = newRun();
    await open({}, { run }).run('kubectl', ['get', 'nodes']);
    const commands = (await desk.log(run)).filter((entry) => entry.kind === 'command');
    const flags = `--kubeconfig=${desk.folder}/kubeconfig --context=kubernetes-admin@lab --request-timeout=29s`;
    expect(commands).toMatchObject([
      {
        text: `kubectl ${flags} get namespace kube-system -o json`,
        brief: 'kubectl get namespace kube-system -o json',
      },
      { text: `kubectl ${flags} get nodes`, brief: 'kubectl get nodes' },
    ]);
  });

  linux(
    'refuses another cluster before the first command, and asks again the next time',
    async () => {
      await answerAs('somebody-else');
      const target = open({}, { verb: 'apply' });
      await expect(target.run('helm', ['uninstall', 'x'], { exits: 'any' })).rejects.toMatchObject({
        code: 'cluster-mismatch',
        class: 'permanent',
        message: expect.stringMatching(/UID somebody-else, and the inventory says 3b1c9d1e/),
      });
      expect((await calls()).filter((call) => call.startsWith('helm'))).toEqual([]);
      await answerAs(uid);
      await target.run('helm', ['list']);
      expect((await calls()).filter((call) => call.startsWith('helm'))).toHaveLength(1);
    },
  );

  linux('asks nothing where the inventory states no UID', async () => {
    await open({ uid: null }).run('kubectl', ['get', 'nodes']);
    expect(await calls()).toHaveLength(1);
  });

  linux('runs nothing else, and takes no flags that lead elsewhere', async () => {
    const target = open();
    for (const [command, args] of [
      ['sh', ['-c', 'id']],
      ['./kubectl', []],
      ['kubectl', ['--context', 'other', 'get', 'nodes']],
      ['kubectl', ['get', 'nodes', '--kubeconfig=/x']],
      ['kubectl', ['get', 'nodes', '-s', 'https://elsewhere']],
      ['helm', ['list', '--kube-context=other']],
      ['cilium', ['status', '--context', 'other']],
    ] as const) {
      await expect(target.run(command, args)).rejects.toMatchObject({
        code: 'input-invalid',
        class: 'permanent',
      });
    }
    expect(await calls()).toEqual([]);
    await target.run('kubectl', ['exec', 'pod', '--', 'tool', '--context', 'its own']);
  });

  linux('uses a private copy, made anew when the file changes', async () => {
    const source = join(desk.folder, 'kubeconfig');
    await writeFile(source, 'users:\n- user:\n    client-key: pki/admin.key\n');
    const target = open();
    await behave('for a; do case $a in --kubeconfig=*) cat "${a#*=}";; esac; done');
    const { stdout } = await target.run('kubectl', ['get', 'nodes']);
    expect(stdout).toBe(`users:\n- user:\n    client-key: "${desk.folder}/pki/admin.key"\n`);
    const folders = await readdir(join(desk.folder, 'kubeconfigs'));
    const copies = await readdir(join(desk.folder, 'kubeconfigs', folders[0] ?? ''));
    expect(copies).toHaveLength(1);
    const copy = join(desk.folder, 'kubeconfigs', folders[0] ?? '', copies[0] ?? '');
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    expect((await stat(join(copy, '..'))).mode & 0o777).toBe(0o700);

    await writeFile(source, 'changed: true\n');
    await utimes(source, new Date(), new Date(Date.now() + 5000));
    expect((await target.run('kubectl', ['get', 'nodes'])).stdout).toBe('changed: true\n');
    const asked = (await calls()).filter((call) => call.includes('[kube-system]'));
    expect(asked).toHaveLength(2); // another file may mean another cluster
    await desk.access.close();
    await expect(stat(copy)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  linux('without its file is unreachable', async () => {
    const target = open({ kubeconfig: '/no/such/kubeconfig' });
    await expect(target.run('kubectl', ['get', 'nodes'])).rejects.toMatchObject({
      code: 'unreachable',
      class: 'transient',
      message: expect.stringContaining('/no/such/kubeconfig'),
    });
  });

  linux('that cannot be reached over a host, or not at all, is a mistake of the inventory', () => {
    for (const fields of [
      { via: 'bastion' },
      { context: null },
      { kubeconfig: null },
    ] as Partial<ClusterSpec>[]) {
      expect(() => open(fields)).toThrow(expect.objectContaining({ code: 'definition-invalid' }));
    }
  });
});

describe('an API server that does not answer', () => {
  const refused =
    'The connection to the server 192.168.10.100:6443 was refused - did you specify the right host or port?';

  linux(
    'is no answer, whatever exit codes the action takes, and the cluster is asked again',
    async () => {
      const target = open({}, { verb: 'apply' });
      await target.run('kubectl', ['get', 'nodes']);
      await behave(`echo "${refused}" >&2; exit 1`);
      for (const exits of [[0], [0, 1], 'any'] as const) {
        const asking = target.run('kubectl', ['get', 'nodes'], { exits, failure: 'refused' });
        await expect(asking).rejects.toMatchObject({
          code: 'command-failed',
          class: 'transient',
          message: expect.stringContaining(refused.slice(0, 40)),
        });
      }
      await behave('exit 0');
      await answerAs('somebody-else');
      await expect(target.run('kubectl', ['get', 'nodes'])).rejects.toMatchObject({
        code: 'cluster-mismatch',
      });
    },
  );

  linux('is told from a program in a pod that says the same', async () => {
    const target = open();
    await behave(`echo "${refused}" >&2; exit 1`);
    const { exitCode } = await target.run('kubectl', ['exec', 'pod', '--', 'curl'], {
      exits: 'any',
    });
    expect(exitCode).toBe(1);
  });

  linux('is told from an answer', async () => {
    const target = open();
    await behave(`echo 'Error from server (NotFound): nodes "x" not found' >&2; exit 1`);
    expect(await target.run('kubectl', ['get', 'node', 'x'], { exits: [0, 1] })).toMatchObject({
      exitCode: 1,
    });
    await expect(
      target.run('kubectl', ['get', 'node', 'x'], { failure: 'not-found' }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a cluster without a kubeconfig', () => {
  linux('runs its tools on the control plane', async () => {
    const inventory = inventoryOf(
      [hostSpec('ctr', { path: ['/opt/host-tools'] })],
      [spec({ kubeconfig: null, context: null, controlPlane: 'ctr' })],
    );
    const target = desk.open('lab', inventory, { verb: 'apply' });
    await behave('echo "$PATH"');
    const { stdout } = await target.run('kubectl', ['get', 'nodes']);
    expect(stdout.startsWith(`${bin}:/opt/host-tools:/usr/local/sbin:`)).toBe(true);
    expect(await calls()).toEqual([
      'kubectl [--kubeconfig=/etc/kubernetes/admin.conf] [--request-timeout=29s] [get] [namespace] [kube-system] [-o] [json]',
      'kubectl [--kubeconfig=/etc/kubernetes/admin.conf] [--request-timeout=29s] [get] [nodes]',
    ]);
  });

  remote('reaches it over ssh', async () => {
    const sshd = await startSshd();
    const own = await openDesk([sshd]);
    try {
      const inventory = inventoryOf(
        [sshSpec('ctr', sshd)],
        [spec({ kubeconfig: null, context: null, controlPlane: 'ctr' })],
      );
      await behave('echo \'{"items":[]}\'');
      const target = own.open('lab', inventory);
      expect(await target.json('kubectl', ['get', 'nodes', '-o', 'json'])).toEqual({ items: [] });
    } finally {
      await own.close();
      await sshd.stop();
    }
  });
});
