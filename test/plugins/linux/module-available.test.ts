import { expect } from '@jest/globals';
import { linuxModuleAvailable } from '../../../plugins/linux/module-available.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { fakeKernel } from '../../targets/fake-kernel.js';
import { createSandbox, sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';

const test = needs(sandboxNeeds);
const stage = createStage(fakeKernel.boot, fakeKernel.look);

laws(linuxModuleAvailable, {
  test,
  cases: [
    stage.situation('one to be loaded', ':', { module: 'geneve' }, { finds: 'nothing' }),
    stage.situation('one that is loaded', ':', { module: 'bridge' }, { finds: 'nothing' }),
    stage.situation('one that is built in', ':', { module: '8021q' }, { finds: 'nothing' }),
    stage.situation('none of that name', ':', { module: 'nosuch' }, { finds: 'drift' }),
  ],
  bad: [
    { title: 'a path', input: { module: '../geneve' } },
    { title: 'an option', input: { module: '-r' } },
    { title: 'whether it is loaded at boot', input: { module: 'geneve', persist: true } },
  ],
});

test('a kernel without it is named; asking loads nothing', async () => {
  const sandbox = await createSandbox();
  try {
    await sandbox.sh(fakeKernel.boot);
    const ask = (module: string) =>
      attempt(linuxModuleAvailable, {
        target: sandbox.open,
        input: { module },
        cleanup: () => Promise.resolve(),
      }).check();
    expect((await ask('nosuch')).drift).toMatch(
      /^sandbox: kernel \d+\.\S+ has no module nosuch: modprobe: FATAL: Module nosuch not found/,
    );
    expect((await ask('geneve')).output).toMatchObject({ loaded: false });
  } finally {
    await sandbox.stop();
  }
});
