import { describe, expect } from '@jest/globals';
import { captureFetched } from '../../../plugins/capture/fetched.js';
import type { Verb } from '../../../core/run/engine.js';
import type { Target } from '../../../core/target.js';
import { attempt, type Attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';
import { copies, emptied, folder, looked, taken, withLocal } from './captures.js';

const test = needs(sandboxNeeds);
const stage = createStage(emptied, looked);
const input = { name: 'one', to: `${copies}/one.pcap` };

laws(captureFetched, {
  test,
  cases: [
    withLocal(stage, stage.situation('taken', taken, input)),
    withLocal(
      stage,
      stage.situation('the folder is there, and empty', `${taken}; mkdir ${copies}`, input, {
        deaths: false,
      }),
    ),
    withLocal(
      stage,
      stage.situation(
        'a folder in a folder',
        taken,
        { name: 'one', to: `${copies}/a b/-c/one.pcap` },
        { deaths: false },
      ),
    ),
    withLocal(
      stage,
      stage.situation(
        'it is here already, and no longer there',
        `mkdir ${copies}; echo x > ${copies}/one.pcap`,
        input,
        { finds: 'nothing' },
      ),
    ),
  ],
  bad: [
    { title: 'a path in two ways', input: { name: 'one', to: 'copies/one.pcap' } },
    { title: 'a folder', input: { name: 'one', to: '/root/copies/' } },
    { title: 'a path as a name', input: { name: '../one', to: '/root/a' } },
    { title: 'an option as a name', input: { name: '-one', to: '/root/a' } },
    { title: 'an unknown field', input: { name: 'one', to: '/root/a', from: '/root/b' } },
  ],
});

/** One fetch in a machine of its own state; `host` sees the host's target before the action does. */
async function fetching(
  script: string,
  host: (target: Target) => Target = (target) => target,
): Promise<Attempt> {
  const { sh, open, target } = await stage.sandbox();
  await sh(`${emptied}\n${script}`);
  const world = {
    target: (verb: Verb) => host(open(verb)),
    on: { local: target },
    input,
    cleanup: () => Promise.resolve(),
  };
  return attempt(captureFetched, world);
}

/** Sums of both files, by a tool that the action does not use. */
const sums = async (): Promise<string[]> => {
  const { sh } = await stage.sandbox();
  const text = await sh(`md5sum < ${folder}/one.pcap; md5sum < ${copies}/one.pcap`);
  return text.trim().split('\n');
};

describe('capture.fetched', () => {
  for (const [title, bytes] of [
    ['nothing', 0],
    ['a block to the byte', 1_048_576],
    ['more than two blocks', 2_500_000],
  ] as const) {
    test(`brings ${title} whole, for its owner alone`, async () => {
      const made = `mkdir -p ${folder}; head -c ${bytes} /dev/urandom > ${folder}/one.pcap`;
      const step = await fetching(made);
      const { before } = await step.check();
      await step.apply(before);
      expect(await step.check()).toMatchObject({ drift: null, output: { bytes } });
      const [there, here] = await sums();
      expect(here).toBe(there);
      const { sh } = await stage.sandbox();
      expect(await sh(`stat -c %a ${copies}/one.pcap; ls ${copies}`)).toBe('600\none.pcap\n');
    });
  }

  test('what an earlier attempt has left is begun anew, and never written through a link', async () => {
    const left = `${taken}; mkdir ${copies}; echo mine > ${copies}/other; ln -s other ${copies}/one.pcap.part`;
    const step = await fetching(left);
    const { before } = await step.check();
    await step.apply(before);
    const { sh } = await stage.sandbox();
    expect(await sh(`cat ${copies}/other; ls ${copies}`)).toBe('mine\none.pcap\nother\n');
    expect((await step.check()).drift).toBeNull();
  });

  for (const [title, order] of [
    ['the last first', [1, 0]],
    ['the first first', [0, 1]],
  ] as const) {
    test(`several come into one new folder at once, and go again, ${title}`, async () => {
      const { sh, open, target } = await stage.sandbox();
      await sh(`${emptied}\n${taken}`);
      const steps = ['a', 'b'].map((host) =>
        attempt(captureFetched, {
          target: (verb: Verb) => open(verb),
          on: { local: target },
          input: { name: 'one', to: `${copies}/run/${host}.pcap` },
          cleanup: () => Promise.resolve(),
        }),
      );
      const found = await Promise.all(steps.map(async (step) => step.check()));
      for (const [at, step] of steps.entries()) await step.apply(found[at]?.before ?? null);
      expect(await sh(`ls ${copies}/run`)).toBe('a.pcap\nb.pcap\n');
      for (const at of order) {
        const before = found[at]?.before ?? null;
        await steps[at]?.undo(before);
        const now = await steps[at]?.check();
        expect(captureFetched.restored?.(before as never, now?.before as never)).toBeNull();
      }
      expect(await sh(`[ ! -e ${copies} ] && echo gone`)).toBe('gone\n');
    });
  }

  test('a copy that is still there, or another, is not put back', () => {
    const none = { sha256: null, folders: 2 };
    const there = { sha256: 'a'.repeat(64), folders: 0 };
    expect(captureFetched.restored?.(none, there)).toContain('still there');
    expect(captureFetched.restored?.(there, none)).toContain('another');
  });

  test('a file that is there and is another is refused, and stays', async () => {
    const step = await fetching(`${taken}; mkdir ${copies}; echo mine > ${copies}/one.pcap`);
    const { before } = await step.check();
    await expect(step.apply(before)).rejects.toMatchObject({ code: 'refused', class: 'permanent' });
    await step.undo(before);
    const { sh } = await stage.sandbox();
    expect(await sh(`cat ${copies}/one.pcap`)).toBe('mine\n');
  });

  test('no capture of that name is no matter of waiting', async () => {
    const step = await fetching(':');
    const { before } = await step.check();
    await expect(step.apply(before)).rejects.toMatchObject({
      code: 'not-found',
      class: 'permanent',
      message: expect.stringContaining('has no capture one'),
    });
  });

  test('a folder in the place of the file is no success, and stays', async () => {
    const step = await fetching(`${taken}; mkdir -p ${copies}/one.pcap`);
    const { before } = await step.check();
    await expect(step.apply(before)).rejects.toMatchObject({ code: 'command-failed' });
    expect((await step.check()).drift).not.toBeNull();
    await expect(step.undo(before)).rejects.toMatchObject({ code: 'undo-failed' });
    const { sh } = await stage.sandbox();
    expect(await sh(`ls -A ${copies}/one.pcap`)).toBe('');
  });

  test('a capture that changes on its way is not taken for whole; the next attempt brings it', async () => {
    const { sh } = await stage.sandbox();
    let grows = false;
    const step = await fetching(taken, (target) => ({
      ...target,
      run: async (command, args, options) => {
        const result = await target.run(command, args, options);
        // Once it has been looked at, and before its blocks are read.
        if (grows) await sh(`printf more >> ${folder}/one.pcap`);
        grows = false;
        return result;
      },
    }));
    const { before } = await step.check();
    grows = true;
    await expect(step.apply(before)).rejects.toMatchObject({
      class: 'transient',
      message: expect.stringContaining('has changed on its way'),
    });
    expect(await sh(`ls ${copies}`)).toBe('');
    await step.apply(before);
    const [there, here] = await sums();
    expect(here).toBe(there);
  });
});
