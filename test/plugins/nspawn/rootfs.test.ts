import { describe, expect } from '@jest/globals';
import { nspawnRootfs } from '../../../plugins/nspawn/rootfs.js';
import { laws, type LawCase } from '../../laws.js';
import { attempt } from '../../laws/attempt.js';
import { needs } from '../../needs.js';
import { treeScript } from '../../targets/tree.js';
import { createLabStage, stageNeeds } from './stage.js';

const test = needs(stageNeeds);

/** A root file system that would do, for whoever only looks. */
const base = `rm -rf /tmp/lab /tmp/base; mkdir -p /tmp/base/usr/lib/systemd /tmp/base/usr/sbin /tmp/base/etc/ssh
: > /tmp/base/usr/lib/systemd/systemd; : > /tmp/base/usr/sbin/sshd
echo 'Include /etc/ssh/sshd_config.d/*.conf' > /tmp/base/etc/ssh/sshd_config`;

/** Keys, and the names of kept layers with them, are new in every world: it is told whether they belong together. */
const look = `{
${treeScript('/tmp/lab')}
if [ -e key ]; then
  cut -d' ' -f1,2 key.pub > /tmp/public
  ssh-keygen -y -f key | cut -d' ' -f1,2 | cmp - /tmp/public && echo 'a pair'
  for file in layer*/etc/ssh/lab_authorized_keys; do
    [ ! -e "$file" ] || ! grep -qF -f /tmp/public "$file" || echo "opens $file"
  done
fi
} | grep -vE '^[0-9a-f]{64}  .*(key|key.pub|lab_authorized_keys)$' | sed -E 's/layer.[0-9a-f]{16}/kept/' || :
find /tmp/base | sort`;

const stage = createLabStage(base, look);
const lab = { dir: '/tmp/lab/layer', base: '/tmp/base', hosts: { router: '192.168.10.200' } };
const key = '/tmp/lab/key';
const authorizedKeys = [
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDZzuFssdEH+hoQ3sJ+D0FY3Ejifc7dnPTmadxl6soD7 operator',
];

/** A lab as the action makes it, but with other names. */
const made = `mkdir -p /tmp/lab/layer/etc/ssh/sshd_config.d; cd /tmp/lab
ssh-keygen -q -t ed25519 -N '' -C lab -f key; chmod 600 key.pub
cut -d' ' -f1,2 key.pub > layer/etc/ssh/lab_authorized_keys; echo old > layer/etc/hosts`;

laws(nspawnRootfs, {
  test,
  killPoints: 3,
  timeoutMs: 120_000,
  cases: [
    stage.situation('no layer, and a key to be made', ':', { ...lab, key }),
    stage.situation('no layer, and keys from elsewhere', ':', { ...lab, authorizedKeys }),
    stage.situation('a layer that differs', made, { ...lab, key, authorizedKeys }),
    stage.situation('a key without a layer', `${made}; rm -r layer`, { ...lab, key }),
    stage.situation(
      'nothing, and nothing is wanted',
      ':',
      { ...lab, key, state: 'absent' },
      { finds: 'nothing' },
    ),
    stage.situation(
      'a layer that is to go',
      made,
      { ...lab, key, state: 'absent' },
      { undo: 'irreversible' },
    ),
  ],
  bad: [
    { title: 'a layer that nobody could log in to', input: lab },
    { title: 'a relative folder', input: { ...lab, key, dir: 'layer' } },
    { title: 'a folder with a colon', input: { ...lab, key, dir: '/tmp/a:b' } },
    { title: 'a key of two lines', input: { ...lab, authorizedKeys: ['ssh-rsa AAAA\nssh-rsa A'] } },
    { title: 'a host name with a blank', input: { ...lab, key, hosts: { 'a b': '10.0.0.1' } } },
    {
      title: 'a mirror that is a file',
      input: { ...lab, key, debootstrap: { suite: 'x', mirror: 'file:///etc' } },
    },
    {
      title: 'a package that is an option',
      input: {
        ...lab,
        key,
        debootstrap: { suite: 'x', mirror: 'http://mirror.example', packages: ['--foreign'] },
      },
    },
  ],
});

/** Tries an apply in a situation, and hands over how it failed. */
async function refusal(situation: LawCase): Promise<unknown> {
  const worker = attempt(nspawnRootfs, await situation.arrange());
  try {
    const { before } = await worker.check();
    await worker.apply(before);
  } catch (error) {
    return error;
  }
  throw new Error('it was not refused');
}

describe('a base that will not do', () => {
  test('is missing: the check says so, apply refuses for good', async () => {
    const situation = stage.situation('', 'rm -r /tmp/base', { ...lab, key });
    const { drift } = await attempt(nspawnRootfs, await situation.arrange()).check();
    expect(drift).toBe('there is no root file system at /tmp/base');
    const error = await refusal(situation);
    expect(error).toMatchObject({ code: 'refused', class: 'permanent' });
    expect(error).toHaveProperty('hint', expect.stringContaining('debootstrap'));
  });

  test('has neither systemd nor sshd', async () => {
    const clean = 'rm -r /tmp/base/usr; : > /tmp/base/etc/ssh/sshd_config';
    const error = await refusal(stage.situation('', clean, { ...lab, key }));
    expect(error).toHaveProperty(
      'message',
      'the root file system /tmp/base lacks systemd (systemd-sysv), sshd (openssh-server), Include /etc/ssh/sshd_config.d/*.conf in its sshd_config',
    );
  });
});
