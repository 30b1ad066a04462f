import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { verifySignature } from '../../../activities/votes/verify.js';
import { voteText } from '../../../core/run/votes.js';
import { needs } from '../../needs.js';

const tools = { commands: ['ssh-keygen'] };
const test = needs(tools);

let folder: string;
let allowedSigners: string;
const path = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'runbook-keys-'));
  try {
    for (const [name, type] of [
      ['ann', 'ed25519'],
      ['bob', 'ecdsa'],
      ['eve', 'ed25519'],
    ] as const)
      execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', name, '-f', path(name)]);
  } catch {
    // Where there is no ssh-keygen, there are no tests either.
    return;
  }
  const key = (name: string): string => readFileSync(path(`${name}.pub`), 'utf8').trim();
  allowedSigners = [
    `ann ${key('ann')}`,
    `bob@example.com namespaces="git,runbook" ${key('bob')}`,
    `former valid-before="20200101" ${key('eve')}`,
    `coder namespaces="git" ${key('eve')}`,
    '',
  ].join('\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const vote = {
  run: 'r-1',
  startedAt: '2026-01-01T00:00:00.000Z',
  step: 'ok',
  asked: '2026-01-01T00:01:00.000Z',
  verb: 'approve',
  plan: 'a'.repeat(64),
  by: 'ann',
  reason: 'looks good\n"; rm -rf /',
  at: '2026-01-01T00:02:00.000Z',
};

function sign(key: string, text: string, namespace = 'runbook'): string {
  const args = ['-q', '-Y', 'sign', '-f', path(key), '-n', namespace];
  return execFileSync('ssh-keygen', args, { input: text, encoding: 'utf8' });
}

const verify = (
  signature: string,
  text: string,
  ...signers: string[]
): ReturnType<typeof verifySignature> =>
  verifySignature({ text, signature, signers, allowedSigners });

test('a signature by an allowed key of the voter is good; the key is named', async () => {
  const text = voteText(vote);
  const listed = execFileSync('ssh-keygen', ['-lf', path('ann.pub')], { encoding: 'utf8' });
  const [, key] = listed.split(' ');
  expect(await verify(sign('ann', text), text, 'ann@laptop', 'ann')).toEqual({ key });
  expect(await verify(sign('bob', text), text, 'bob@example.com')).toHaveProperty('key');
});

test('a signature of anything else proves nothing', async () => {
  const text = voteText(vote);
  const signature = sign('ann', text);
  for (const changed of [
    { verb: 'reject' },
    { run: 'r-2' },
    { startedAt: '2026-02-01T00:00:00.000Z' },
    { step: 'other' },
    { plan: 'b'.repeat(64) },
    { plan: null },
    { asked: null },
    { reason: 'looks bad' },
    { by: 'ann@desk' },
    { at: '2026-01-01T00:02:01.000Z' },
  ]) {
    expect(await verify(signature, voteText({ ...vote, ...changed }), 'ann')).toEqual({
      problem: 'Signature verification failed: incorrect signature',
    });
  }
});

test('forged, in another namespace, by a key that expired, is not for votes, or is nobody’s', async () => {
  const text = voteText(vote);
  const problem = async (signature: string, signer: string): Promise<string> => {
    const answer = await verify(signature, text, signer);
    return 'problem' in answer ? answer.problem : 'good';
  };
  expect(await problem(sign('eve', text), 'ann')).not.toBe('good');
  expect(await problem(sign('bob', text), 'ann')).toBe('no key that ann may sign with has made it');
  expect(await problem(sign('ann', text), 'mallory')).toContain('no key that mallory');
  expect(await problem(sign('ann', text, 'git'), 'ann')).toContain('namespace');
  expect(await problem(sign('eve', text), 'former')).toContain('expired');
  expect(await problem(sign('eve', text), 'coder')).toContain('not permitted');
  expect(await problem('not a signature', 'ann')).toContain('missing header');
  expect(await problem(sign('ann', text), '*')).not.toBe('good');
  expect(await problem(sign('ann', text), '-f/etc/passwd')).not.toBe('good');
  expect(await problem(sign('ann', text), 'ann\u0000')).not.toBe('good');
  const garbled = { text, signature: sign('ann', text), signers: ['ann'], allowedSigners: 'x y z' };
  expect(await verifySignature(garbled)).toHaveProperty('problem');
});

test('what it says names no file of ours', async () => {
  const text = voteText(vote);
  writeFileSync(path('text'), text);
  const answer = await verify(sign('eve', text), text, 'coder');
  expect(JSON.stringify(answer)).not.toContain(tmpdir());
});
