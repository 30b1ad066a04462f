import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect } from '@jest/globals';
import * as schemas from '../../../client/schemas.js';
import { lacking } from '../../needs.js';
import { Bench, withServer } from './cli.js';

const hasKeygen = lacking({ commands: ['ssh-keygen'] }).length === 0;
const test = withServer();
const slow = 240_000;
let bench: Bench;

beforeAll(() => {
  bench = new Bench();
  bench.write(
    'runbook.yaml',
    `apiVersion: runbook/v1
name: bench
approvers:
  groups: { sre: [ann, bob] }
  proposals: another
${hasKeygen ? '  allowedSigners: signers\n  signatures: required\n' : ''}`,
  );
  if (hasKeygen) {
    for (const name of ['ann', 'bob', 'eve'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', bench.path(name)]);
    const line = (name: string): string =>
      `${name} ${readFileSync(bench.path(`${name}.pub`), 'utf8')}`;
    bench.write('signers', ['ann', 'bob'].map(line).join(''));
  }
  bench.runbook(
    'votes',
    `steps:
  - { id: ready, manual: Is everybody there? }
  - { id: ok, approval: May it go on?, approvers: [sre], quorum: 2 }
  - { id: file, action: linux.file, input: { path: FOLDER/voted.txt, content: new } }
onFailure: stop
`,
  );
  bench.runbook(
    'writes',
    `steps:
  - { id: file, action: linux.file, input: { path: FOLDER/moved.txt, content: new } }
  - { id: other, action: linux.file, input: { path: FOLDER/other.txt, content: new } }
`,
  );
});
afterAll(() => bench.close(), slow);

async function record(run: string): Promise<ReturnType<typeof schemas.statusSchema.parse>> {
  return schemas.statusSchema.parse(JSON.parse((await bench.run('status', run, '--json')).stdout));
}

withServer(['ssh-keygen'])(
  'two people sign their votes for one plan; without a signature, or with that of another, none counts',
  async () => {
    await bench.expect(3, 'start', 'votes', '--id', 'v-signed');
    const early = await bench.run('approve', 'v-signed', 'ok', '--as', 'ann', '--sign', 'ann');
    expect(early.stderr).toBe('');
    await bench.expect(0, 'confirm', 'v-signed', '--reason', 'all here');
    const refused = async (words: string, ...args: string[]): Promise<void> => {
      const { code, stderr } = await bench.run('approve', 'v-signed', 'ok', ...args);
      expect(stderr).toContain(words);
      expect(code).not.toBe(0);
    };
    await refused('votes must be signed', '--as', 'bob');
    await refused('no key that bob may sign with', '--as', 'bob', '--sign', 'eve');
    await refused(
      'for plan 0123456789ab',
      '--as',
      'bob',
      '--sign',
      'bob',
      '--plan',
      '0123456789ab',
    );
    await refused('signing it with', '--as', 'bob', '--sign', 'no-such-key');
    const { waitingFor } = await record('v-signed');
    expect(waitingFor[0]?.ballot).toMatchObject({
      quorum: 2,
      does: [{ path: 'file', kind: 'change' }],
      votes: [{ by: 'ann', signed: true }],
    });
    const plan = waitingFor[0]?.ballot?.planHash ?? '';
    const vote = `approve v-signed --as bob --sign bob --plan ${plan.slice(0, 12)} --watch`;
    await bench.expect(0, ...vote.split(' '));
    expect(bench.read('voted.txt')).toBe('new');
    const { decisions } = await record('v-signed');
    expect(decisions.at(-1)).toMatchObject({
      by: 'bob',
      planHash: plan,
      signed: { key: expect.stringMatching(/^SHA256:/) },
    });
    const late = await bench.run('approve', 'v-signed', '--as', 'bob');
    expect(late.stderr).toContain('approved by ann (signed); bob (signed)');
  },
  slow,
);

test(
  'a run that is bound to a plan is refused when that has moved, and its record says what',
  async () => {
    const { hash } = schemas.planJsonSchema.parse(await bench.json(2, 'plan', 'writes'));
    bench.write('moved.txt', 'old');
    bench.write('other.txt', 'new');
    await bench.expect(1, 'start', 'writes', '--plan', hash, '--id', 'w-moved');
    const { failure } = await record('w-moved');
    expect(failure?.code).toBe('plan-changed');
    expect(failure?.message).toContain('file: change as before, but found in another state');
    expect(failure?.message).toContain('other: change → no-op');
    rmSync(bench.path('moved.txt'));
    rmSync(bench.path('other.txt'));
  },
  slow,
);

test(
  'what one person has proposed, another starts: exactly that, and once',
  async () => {
    const proposal = schemas.proposalSchema.parse(
      await bench.json(0, 'propose', 'writes', '--reason', 'a new text'),
    );
    const { id } = proposal;
    expect(proposal).toMatchObject({ by: expect.stringMatching(/^ada@/), run: null });
    const own = await bench.run('start', '--proposal', id);
    expect(own.stderr).toContain('another person has to start it');
    const other = await bench.runWith({ USER: 'bob' }, 'start', '--proposal', id, '--id', 'w-prop');
    expect(other.code).toBe(0);
    expect(await record('w-prop')).toMatchObject({
      planHash: proposal.plan.hash,
      startedBy: expect.stringMatching(/^bob@/),
      proposal: { id, by: proposal.by },
    });
    const again = await bench.runWith({ USER: 'bob' }, 'start', '--proposal', id);
    expect(again.stderr).toContain('was started already: run w-prop');
  },
  slow,
);

test(
  'a proposal is handed over in a file, to a machine that knows nothing of it, and is one run',
  async () => {
    const file = bench.path('proposal.json');
    const told = await bench.expect(0, 'propose', 'writes', '--reason', 'over there', '-o', file);
    const [, sha256 = ''] = /sha256 ([0-9a-f]{64})/.exec(told) ?? [];
    const { proposal } = JSON.parse(bench.read('proposal.json') ?? '') as {
      proposal: { id: string };
    };
    const { id } = proposal;
    expect(id).toBe(`writes-${sha256.slice(0, 12)}`);
    // Nothing of it is kept where it is started.
    rmSync(bench.path('.state', 'proposals', `${id}.json`));
    const altered = (bench.read('proposal.json') ?? '').replace('over there', 'over here');
    bench.write('altered.json', altered);
    const refused = await bench.runWith(
      { USER: 'bob' },
      'start',
      '--proposal',
      bench.path('altered.json'),
    );
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('its content has another sha256');
    expect((await bench.run('start', '--proposal', file)).stderr).toContain('another person');
    const other = await bench.runWith({ USER: 'bob' }, 'start', '--proposal', file);
    expect(other.code).toBe(0);
    expect(await record(id)).toMatchObject({
      startedBy: expect.stringMatching(/^bob@/),
      proposal: { id },
    });
    // Nor does a third machine know that it was started; the server does.
    rmSync(bench.path('.state', 'proposals', `${id}.json`));
    const again = await bench.runWith({ USER: 'bob' }, 'start', '--proposal', file);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain(`was started already: run ${id}`);
  },
  slow,
);
