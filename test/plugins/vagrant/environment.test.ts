import { expect } from '@jest/globals';
import { vagrantEnvironment } from '../../../plugins/vagrant/environment.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';

const test = needs(sandboxNeeds);
const stage = createStage('rm -rf /srv/lab', 'cat /srv/lab/Vagrantfile 2>/dev/null || ls /srv');
const environment = {
  dir: '/srv/lab',
  box: 'debian/bookworm64',
  machines: [{ name: 'router', nics: [{ network: 'lab10', address: '192.168.10.200/24' }] }],
};
const former = 'mkdir /srv/lab; echo "# Made by runbook, once" > /srv/lab/Vagrantfile';

laws(vagrantEnvironment, {
  test,
  killPoints: 1,
  cases: [
    stage.situation('nothing there, and later more memory', ':', environment, {
      later: { ...environment, machines: [{ ...environment.machines[0], memory: 768 }] },
    }),
    stage.situation('another one of ours', former, environment, { deaths: false }),
  ],
  bad: [
    { title: 'a folder that is not absolute', input: { ...environment, dir: 'lab' } },
    { title: 'no machine', input: { ...environment, machines: [] } },
    { title: 'a box that is Ruby', input: { ...environment, box: "x'; exit #" } },
  ],
});

test('a Vagrantfile of somebody else is refused, and stays', async () => {
  const sandbox = await stage.sandbox();
  await sandbox.sh(
    'rm -rf /srv/lab; mkdir /srv/lab; echo "Vagrant.configure" > /srv/lab/Vagrantfile',
  );
  const world = { target: sandbox.open, input: environment, cleanup: () => Promise.resolve() };
  await expect(attempt(vagrantEnvironment, world).check()).rejects.toMatchObject({
    code: 'refused',
    class: 'permanent',
  });
});

test('the domains are told for what acts on them', async () => {
  const sandbox = await stage.sandbox();
  await sandbox.sh('rm -rf /srv/lab');
  const world = { target: sandbox.open, input: environment, cleanup: () => Promise.resolve() };
  expect((await attempt(vagrantEnvironment, world).check()).output).toEqual({
    path: '/srv/lab/Vagrantfile',
    domains: { router: 'lab_router' },
  });
});
