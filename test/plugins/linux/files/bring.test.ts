import { describe, expect } from '@jest/globals';
import type { Verb } from '../../../../core/run/engine.js';
import type { Target } from '../../../../core/target.js';
import { linuxFile } from '../../../../plugins/linux/file.js';
import { temporaryName } from '../../../../plugins/linux/files/place.js';
import { attempt } from '../../../laws/attempt.js';
import { needs } from '../../../needs.js';
import { sandboxNeeds } from '../../../targets/sandbox.js';
import { createStage } from '../../../targets/situation.js';

const test = needs({ ...sandboxNeeds, commands: [...sandboxNeeds.commands, 'setpriv'] });
const folder = '/srv/law';
const path = `${folder}/file`;
const stage = createStage(':', ':');

async function on(input: object, script: string, through = (target: Target) => target) {
  const { open, sh } = await stage.sandbox();
  await sh(`rm -rf ${folder} /var/lib/runbook; mkdir -p ${folder}; cd ${folder}; ${script}`);
  const start = (run?: string) => {
    const world = {
      target: (verb: Verb) => through(open(verb)),
      input: { path, ...input },
      cleanup: () => Promise.resolve(),
    };
    return attempt(linuxFile, world, undefined, run);
  };
  return { sh, start, worker: start() };
}

describe('what is not replaced', () => {
  const found: [string, string, object, string][] = [
    ['a symbolic link', 'ln -s /etc/hosts file', { content: 'x' }, 'a symbolic link'],
    ['a link to be removed', 'ln -s /etc/hosts file', { absent: true }, 'a symbolic link'],
    ['a link that leads nowhere', 'ln -s /nowhere file', { content: 'x' }, 'a symbolic link'],
    ['a folder, by a file', 'mkdir file', { content: 'x' }, 'a directory'],
    ['a file, by a folder', 'touch file', { directory: true }, 'a file'],
    ['a full folder, by nothing', 'mkdir file; touch file/x', { absent: true }, 'not empty'],
    ['a named pipe', 'mkfifo file', { content: 'x' }, 'a named pipe'],
  ];
  for (const [title, script, input, is] of found) {
    test(title, () => isRefused(script, input, is));
  }

  async function isRefused(script: string, input: object, is: string): Promise<void> {
    const { worker, sh } = await on(input, script);
    const look = `stat -c '%F %N %s' ${path}; cat /etc/hosts`;
    const was = await sh(look);
    const { before, drift } = await worker.check();
    expect(drift).toContain('is there instead of');
    await expect(worker.apply(before)).rejects.toMatchObject({
      code: 'refused',
      class: 'permanent',
      message: expect.stringContaining(is),
    });
    expect(await sh(look)).toBe(was);
  }

  test('what has files above it instead of folders, or a loop of links', async () => {
    const above = await on({ path: `${path}/x`, content: '' }, 'touch file');
    await expect(above.worker.check()).rejects.toMatchObject({ code: 'refused' });
    const loop = await on({ content: '', follow: true }, 'ln -s file file');
    await expect(loop.worker.check()).rejects.toMatchObject({ code: 'refused' });
  });

  test('an owner that does not exist', async () => {
    for (const script of [':', 'printf x > file']) {
      const { worker, sh } = await on({ content: 'x', owner: 'nobody-here' }, script);
      const { before } = await worker.check();
      await expect(worker.apply(before)).rejects.toMatchObject({ code: 'refused' });
      expect(await sh(`ls -A ${folder}`)).toBe(script === ':' ? '' : 'file\n');
    }
  });
});

describe('what is told', () => {
  test('lines that differ, mode and owner', async () => {
    const { worker } = await on(
      { content: 'a\nB\n', mode: '0600', owner: 'daemon' },
      'printf "a\\nb\\n" > file',
    );
    expect((await worker.check()).drift).toBe(
      `${path}: owner root → daemon, mode 0644 → 0600, the content differs (not shown: not everybody may read it)`,
    );
    const shown = await on({ content: 'a\nB\n' }, 'printf "a\\nb\\n" > file');
    expect((await shown.worker.check()).drift).toBe(
      `${path}: the content differs\n@@ line 2 @@\n-b\n+B`,
    );
  });

  test('never a line of what is private or sensitive', async () => {
    for (const [input, script] of [
      [{ content: 'NEW' }, 'echo OLD > file; chmod 600 file'],
      [{ content: 'NEW', sensitive: true }, 'echo OLD > file'],
      [{ content: 'NEW', mode: '0600' }, 'echo OLD > file'],
    ] as const) {
      const { worker } = await on(input, script);
      const found = await worker.check();
      expect(found.drift).not.toMatch(/OLD|NEW/);
      if (!('mode' in input)) expect(JSON.stringify(found.before)).not.toContain('OLD');
    }
  });
});

describe('crashes inside a command', () => {
  test('what a killed writer left is no hindrance, and is gone afterwards', async () => {
    const litter = temporaryName(path);
    const { worker, sh } = await on({ content: 'new\n' }, `ln -s /etc/passwd '${litter}'`);
    const passwd = await sh('cat /etc/passwd');
    const { before } = await worker.check();
    await worker.apply(before);
    expect(await sh(`cat ${path}; ls -A ${folder}; cat /etc/passwd`)).toBe(`new\nfile\n${passwd}`);
    await sh(`touch '${litter}'`);
    await worker.undo(before);
    expect(await sh(`ls -A ${folder}`)).toBe('');
  });

  test('half a content is never put into place', async () => {
    const { worker, sh } = await on(
      { content: 'new and longer\n' },
      'echo old > file',
      (target) => ({
        ...target,
        run: (command, args, options = {}) => {
          const { input } = options;
          const half = typeof input === 'string' ? { input: input.slice(0, 7) } : {};
          return target.run(command, args, { ...options, ...half });
        },
      }),
    );
    const { before } = await worker.check();
    await expect(worker.apply(before)).rejects.toMatchObject({
      code: 'action-failed',
      class: 'transient',
    });
    expect(await sh(`cat ${path}; ls -A ${folder}`)).toBe('old\nfile\n');
  });

  test('access lists and attributes stay', async () => {
    const { worker, sh } = await on(
      { content: 'new\n' },
      "echo old > file; python3 -c \"import os; os.setxattr('file', 'trusted.note', b'kept')\"",
    );
    const { before } = await worker.check();
    await worker.apply(before);
    await worker.undo(before);
    expect(await sh(`python3 -c "import os; print(os.getxattr('${path}', 'trusted.note'))"`)).toBe(
      "b'kept'\n",
    );
  });
});

describe('what is kept on the target', () => {
  const kept = '/var/lib/runbook/*/kept';

  test('is for root only, and carries no name', async () => {
    const { worker, sh } = await on({ content: 'new' }, 'echo secret > file; chmod 640 file');
    const { before } = await worker.check();
    await worker.apply(before);
    expect(await sh(`stat -c '%a %U' ${kept} ${kept}/*; cat ${kept}/*`)).toBe(
      '700 root\n600 root\nsecret\n',
    );
  });

  test('is found again by another run that undoes', async () => {
    const { start, sh } = await on({ content: 'new' }, 'echo secret > file; chmod 600 file');
    const first = start('run/1');
    const { before } = await first.check();
    await first.apply(before);
    await start('run/1/undo').undo(before);
    expect(await sh(`cat ${path}`)).toBe('secret\n');
  });

  test('is checked before it is put back', async () => {
    const { worker, sh } = await on({ content: 'new' }, 'echo secret > file; chmod 600 file');
    const { before } = await worker.check();
    await worker.apply(before);
    await sh(`for f in ${kept}/*; do echo damaged > "$f"; done`);
    await expect(worker.undo(before)).rejects.toMatchObject({ code: 'undo-failed' });
    await sh('rm -r /var/lib/runbook');
    await expect(worker.undo(before)).rejects.toMatchObject({
      code: 'undo-failed',
      message: expect.stringContaining('gone or damaged'),
    });
    expect(await sh(`cat ${path}`)).toBe('new');
  });

  test('must be what was checked', async () => {
    const { worker, sh } = await on({ content: 'new' }, 'echo secret > file; chmod 600 file');
    const { before } = await worker.check();
    await sh(`echo changed > ${path}`);
    await expect(worker.apply(before)).rejects.toMatchObject({ code: 'plan-changed' });
    expect(await sh(`cat ${path}`)).toBe('changed\n');
  });
});

describe('without root', () => {
  const asNobody = (target: Target): Target => ({
    ...target,
    run: (command, args, options = {}) => {
      const drop = ['--reuid=65534', '--regid=65534', '--clear-groups', '--', command, ...args];
      return target.run('setpriv', drop, {
        ...options,
        env: { HOME: '/tmp/home', ...options.env },
      });
    },
  });

  test('own files are changed and put back, with copies at home', async () => {
    const mine =
      'rm -rf /tmp/home; mkdir -p /tmp/home; chown 65534 /tmp/home .; echo secret > file; chmod 600 file; chown 65534:65534 file';
    const { worker, sh } = await on({ content: 'new\n' }, mine, asNobody);
    const { before } = await worker.check();
    await worker.apply(before);
    expect(await sh(`cat ${path} /tmp/home/.local/state/runbook/*/kept/*`)).toBe('new\nsecret\n');
    await worker.undo(before);
    expect(await worker.restored(before)).toBeNull();
  });

  test('what may not be looked at is an error, not absent', async () => {
    const { worker } = await on(
      { path: `${folder}/closed/x`, content: '' },
      'mkdir -m 700 closed',
      asNobody,
    );
    await expect(worker.check()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('no permission'),
    });
  });
});
