import { describe, expect } from '@jest/globals';
import { linuxCommand } from '../../../plugins/linux/command.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';
import { treeScript } from '../../targets/tree.js';

const test = needs(sandboxNeeds);
const folder = '/srv/law';
const stage = createStage(
  `rm -rf ${folder}; mkdir -p ${folder}; echo old > ${folder}/value`,
  treeScript(folder),
);

const sh = (script: string, ...args: string[]) => ['sh', '-c', script, 'sh', ...args];
const value = `${folder}/value`;
const check = sh('cat "$1"; [ "$(cat "$1")" = "$2" ]', value, 'new');
const apply = sh('echo "$2" > "$1"', value, 'new');
const undo = sh('echo "$RUNBOOK_FOUND" > "$1"', value);
const huge = 'head -c 3000 /dev/zero | tr "\\0" x';

laws(linuxCommand, {
  test,
  cases: [
    stage.situation('with an undo that is told what was found', ':', { check, apply, undo }),
    stage.situation(
      'with much to say',
      `${huge} > ${value}`,
      {
        check,
        apply,
        undo: sh(`${huge} > "$1"`, value),
      },
      { deaths: false },
    ),
    stage.situation('without undo', ':', { check, apply }, { undo: 'irreversible' }),
    stage.situation(
      'with nothing to undo',
      ':',
      { check, apply, undo: 'nothing' },
      { undo: 'nothing' },
    ),
    stage.situation(
      'that is as wanted',
      `echo new > ${value}`,
      { check, apply, undo },
      { finds: 'nothing' },
    ),
  ],
  bad: [
    { title: 'no check', input: { apply: ['true'] } },
    { title: 'no apply', input: { check: ['true'] } },
    { title: 'an empty list', input: { check: [], apply: ['true'] } },
    { title: 'an empty program', input: { check: [''], apply: ['true'] } },
    { title: 'a line of text', input: { check: 'true', apply: ['true'] } },
    { title: 'a NUL', input: { check: ['true', 'a\0b'], apply: ['true'] } },
    { title: 'another word for undo', input: { check: ['x'], apply: ['x'], undo: 'later' } },
    {
      title: 'a name that is no variable',
      input: { check: ['x'], apply: ['x'], env: { 'A=B': 'x' } },
    },
    { title: 'a time without unit', input: { check: ['x'], apply: ['x'], timeout: '5' } },
  ],
});

describe('linux.command', () => {
  async function on(input: object) {
    const sandbox = await stage.sandbox();
    await sandbox.sh(`mkdir -p ${folder}; echo old > ${value}`);
    const world = { target: sandbox.open, input, cleanup: () => Promise.resolve() };
    return { sandbox, worker: attempt(linuxCommand, world) };
  }

  test('what the check prints is the drift, without colours', async () => {
    const red = sh('printf "\\033[31mred\\033[0m\\n"; exit 1');
    const { worker } = await on({ check: red, apply: ['true'] });
    expect((await worker.check()).drift).toBe('red');
  });

  test('a check that says nothing says so', async () => {
    const { worker } = await on({ check: ['false'], apply: ['true'] });
    expect((await worker.check()).drift).toBe('the check found drift, and printed nothing');
  });

  test('a check that fails is no drift', async () => {
    const { worker } = await on({ check: sh('echo broken >&2; exit 2'), apply: ['true'] });
    await expect(worker.check()).rejects.toMatchObject({
      code: 'check-failed',
      message: expect.stringContaining('broken'),
    });
  });

  test('a program that is not there is a missing tool', async () => {
    const { worker } = await on({ check: ['no-such-program'], apply: ['true'] });
    await expect(worker.check()).rejects.toMatchObject({ code: 'tool-missing' });
  });

  test('arguments, input and variables arrive as they are', async () => {
    const odd = ['-n', '', ' a  b ', '\'"$(id)`;|&', 'line\nline', 'ä\u{1f600}', '*', '--'];
    const { worker } = await on({
      check: ['false'],
      apply: sh('printf "[%s]" "$@"; cat; printf %s "$NAME"', ...odd),
      input: 'in\nput',
      env: { NAME: "$x 'y'" },
    });
    const { before } = await worker.check();
    const output = (await worker.apply(before)) as { stdout: string };
    expect(output.stdout).toBe(`${odd.map((one) => `[${one}]`).join('')}in\nput$x 'y'`);
  });

  test('an apply that fails tells why, and leaves the drift', async () => {
    const { worker } = await on({ check, apply: sh('echo no space >&2; exit 28') });
    const { before } = await worker.check();
    await expect(worker.apply(before)).rejects.toMatchObject({
      code: 'command-failed',
      message: expect.stringContaining('no space'),
    });
  });

  test('a long text is not remembered, and not handed to undo', async () => {
    const { worker, sandbox } = await on({
      check: sh(`${huge}; exit 1`),
      apply: ['true'],
      undo: sh('env > "$1"', `${folder}/env`),
    });
    const { before } = await worker.check();
    expect(before).toEqual({
      exitCode: 1,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      undo: 'command',
    });
    await worker.undo(before);
    expect(await sandbox.sh(`cat ${folder}/env`)).not.toContain('RUNBOOK_FOUND');
  });

  test('steps with the same check, or the same resource, own the same', () => {
    const owns = (input: object) =>
      linuxCommand.resource?.(linuxCommand.input.parse({ check: ['a'], apply: ['b'], ...input }));
    expect(owns({})).toBe(owns({ apply: ['c'] }));
    expect(owns({})).not.toBe(owns({ check: ['a', 'b'] }));
    expect(owns({ check: ['a b'] })).not.toBe(owns({ check: ['a', 'b'] }));
    expect(owns({ resource: 'swap' })).toBe('swap');
  });
});
