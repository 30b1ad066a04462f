import { describe, expect, test } from '@jest/globals';
import { loadProject, ProblemsError, type Files } from '../../../core/definition/loader.js';
import { formatProblem } from '../../../core/definition/problem.js';
import { runbookSchema } from '../../../core/definition/runbook.js';
import { inSource, parseWith } from '../../../core/definition/schema.js';
import { readSource } from '../../../core/definition/source.js';
import { validateRunbook } from '../../../core/definition/validate.js';

const places = { state: '/state/p', cache: '/cache', package: '/pkg', id: '0123abcd' };
const signers = 'ann ssh-ed25519 AAAA\n';

function load(approvers: string): ReturnType<typeof loadProject> {
  const text = `apiVersion: runbook/v1\nname: lab\n${approvers}`;
  const found: Record<string, string> = { '/p/runbook.yaml': text, '/p/signers': signers };
  const files: Files = {
    read: (path) => found[path] ?? (path === '/p/huge' ? 'x'.repeat(70_000) : null),
    list: () => [],
    resolve: (folder, path) => (path.startsWith('/') ? path : `${folder}/${path}`),
  };
  return loadProject(files, '/p', places);
}

const project = `approvers:
  groups:
    sre: [ann, bob, bob@example.com]
    leads: [dora]
  allowedSigners: signers
  signatures: required
  proposals: another
`;

describe('approvers of a project', () => {
  test('groups, and the keys that may sign, by their contents', () => {
    expect(load(project).approvers).toEqual({
      groups: { sre: ['ann', 'bob', 'bob@example.com'], leads: ['dora'] },
      allowedSigners: signers,
      signatures: 'required',
      proposals: 'another',
    });
    expect(load('').approvers).toEqual({
      groups: {},
      allowedSigners: null,
      signatures: 'optional',
      proposals: 'anybody',
    });
  });

  test.each([
    ['{ groups: { SRE: [ann] } }', 'a group name is lower case words'],
    ['{ groups: { sre: [ann, ann] } }', "approvers.groups.sre.1: 'ann' is there twice"],
    ['{ groups: { sre: [leads], leads: [ann] } }', "'leads' is a group"],
    ['{ groups: { sre: ["-I"] } }', 'a person is a user name'],
    ['{ groups: { sre: [] } }', 'approvers.groups.sre'],
    ['{ signatures: required }', 'approvers.signatures: no vote could be signed'],
    ['{ allowedSigners: nowhere }', 'approvers.allowedSigners: there is no file nowhere'],
    ['{ allowedSigners: huge }', 'huge has 70000 bytes; at most 65536 are read'],
    ['{ group: {} }', 'did you mean'],
  ])('%s is refused', (written, message) => {
    try {
      load(`approvers: ${written}\n`);
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      expect(error.problems.map(formatProblem).join('\n')).toContain(message);
      expect(error.problems[0]?.line).toBe(3);
      return;
    }
    throw new Error('it was taken');
  });
});

/** Problems of an approval in a runbook of the project. */
function problems(step: string): string[] {
  const source = readSource(
    'r.yaml',
    `apiVersion: runbook/v1\nname: r\nsteps:\n  - { id: ok, approval: Go?, ${step} }\n`,
  );
  if (!('value' in source)) throw new Error(source.map(formatProblem).join('\n'));
  const parsed = parseWith(runbookSchema, source.value, inSource(source));
  if ('problems' in parsed) return parsed.problems.map(formatProblem);
  const none = { action: () => null, actionNames: [], runbook: () => null, runbookNames: [] };
  const { approvers } = load(project);
  return validateRunbook(source, parsed.value, { ...none, inventory: null, approvers }).map(
    formatProblem,
  );
}

describe('approvals of a runbook', () => {
  test.each([
    'approvers: [sre], quorum: 2, excludeStarter: true',
    'approvers: [leads, bob], quorum: 2',
    'quorum: 5',
    'approvers: [sre], timeout: 1h, onTimeout: escalate, escalate: { to: [leads], timeout: 30m }',
  ])('%s', (step) => expect(problems(step)).toEqual([]));

  test.each([
    [
      'approvers: [sre, lead]',
      "r.yaml:4:47 steps.0.approvers.1: unknown approver 'lead' (did you mean 'leads'?)",
    ],
    ['approvers: [eve]', 'valid: sre, leads, ann, bob, bob@example.com, dora'],
    // bob is one person under both of his names.
    [
      'approvers: [sre], quorum: 3',
      'steps.0.quorum: 3 people must approve, and 2 are asked: ann, bob',
    ],
    ['quorum: 0', 'steps.0.quorum'],
    ['approvers: []', 'steps.0.approvers'],
    ['approvers: [sre], timeout: 1h, onTimeout: escalate', "says to whom in 'escalate'"],
    [
      'approvers: [sre], timeout: 1h, escalate: { to: [leads], timeout: 1h }',
      "needs 'onTimeout: escalate'",
    ],
    [
      'approvers: [sre], onTimeout: escalate, escalate: { to: [leads], timeout: 1h }',
      "needs 'timeout'",
    ],
    [
      'timeout: 1h, onTimeout: escalate, escalate: { to: [leads], timeout: 1h }',
      'nobody left to ask',
    ],
    [
      'approvers: [sre], timeout: 1h, onTimeout: escalate, escalate: { to: [leed], timeout: 1h }',
      "steps.0.escalate.to.0: unknown approver 'leed'",
    ],
    ['onTimeout: escalat', "did you mean 'escalate'?"],
  ])('%s is refused', (step, message) => {
    expect(problems(step).join('\n')).toContain(message);
  });

  test('an expression that does not fit is refused in the time of the escalation, too', () => {
    const step =
      'approvers: [sre], timeout: 1h, onTimeout: escalate, escalate: { to: [leads], timeout: "${{ inputs.x }}" }';
    expect(problems(step).join('\n')).toContain('steps.0.escalate.timeout');
  });
});
