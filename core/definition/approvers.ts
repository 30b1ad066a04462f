import { z } from 'zod';
import { utf8Bytes } from '../excerpt.js';
import { noApprovers, type Approvers } from '../run/approvers.js';
import { namePattern } from './runbook.js';

const person = z
  .string()
  .regex(/^[A-Za-z0-9_][\w.+@-]*$/, 'a person is a user name, such as ann or ann@example.com')
  .max(100);

/** `approvers` of the project file. */
export const approversSchema = z
  .strictObject({
    groups: z
      .record(
        z.string().regex(namePattern, 'a group name is lower case words with hyphens'),
        z.array(person).min(1),
      )
      .optional()
      .describe('Groups of people that approvals can ask, by name.'),
    allowedSigners: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File with the keys that may sign votes, as of ssh-keygen(1), relative to this one.',
      ),
    signatures: z
      .enum(['optional', 'required'])
      .optional()
      .describe('Whether a vote must be signed; optional unless told.'),
    proposals: z
      .enum(['anybody', 'another'])
      .optional()
      .describe(
        'another: what was proposed must be started by another person; anybody unless told.',
      ),
  })
  .superRefine((value, context) => {
    const problem = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    if (value.signatures === 'required' && value.allowedSigners === undefined)
      problem(['signatures'], 'no vote could be signed: allowedSigners names the keys that may');
    const groups = value.groups ?? {};
    for (const [group, people] of Object.entries(groups)) {
      for (const [at, name] of people.entries()) {
        if (Object.hasOwn(groups, name))
          problem(['groups', group, at], `'${name}' is a group; a group holds people alone`);
        else if (people.indexOf(name) !== at)
          problem(['groups', group, at], `'${name}' is there twice`);
      }
    }
  });

/** The largest file of allowed signers, bytes: it is in the history of every run. */
const maxSigners = 64 * 1024;

/** What stands in the way of approvers that fit their schema. */
export interface ApproversProblem {
  readonly problem: { readonly path: readonly string[]; readonly message: string };
}

/** The approvers of a project, with the contents of the file that they name. */
export function loadApprovers(
  written: z.output<typeof approversSchema> | undefined,
  read: (path: string) => string | null,
): Approvers | ApproversProblem {
  const { groups = {}, allowedSigners: path, signatures = 'optional' } = written ?? {};
  const proposals = written?.proposals ?? 'anybody';
  if (path === undefined) return { ...noApprovers, groups, proposals };
  const text = read(path);
  const problem = (message: string): ApproversProblem => ({
    problem: { path: ['approvers', 'allowedSigners'], message },
  });
  if (text === null) return problem(`there is no file ${path}`);
  if (utf8Bytes(text) > maxSigners)
    return problem(`${path} has ${utf8Bytes(text)} bytes; at most ${maxSigners} are read`);
  return { groups, allowedSigners: text, signatures, proposals };
}
