import { execFile } from 'node:child_process';
import { PermanentError } from '../core/errors.js';
import type { RunRecord } from '../core/record.js';
import { addressee, type Decision } from '../core/run/control.js';
import { isEarly, textOf, voteNamespace } from '../core/run/votes.js';
import type { Session } from './session.js';

/** How a vote is cast. */
export interface VoteOptions {
  /** Beginning of the hash of the plan that it is for; that of the plan that is asked for now unless told. */
  readonly plan: string | undefined;
  /** Private key that signs it; or a public one whose private half an agent holds. */
  readonly key: string | undefined;
}

/** A person may have to type the passphrase of the key, or to touch it, ms. */
const signMs = 120_000;

function sign(text: string, key: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'ssh-keygen',
      ['-q', '-Y', 'sign', '-f', key, '-n', voteNamespace],
      { timeout: signMs, env: { ...process.env, LC_ALL: 'C' } },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const missing = error.code === 'ENOENT';
        const why = missing ? 'ssh-keygen is not installed' : stderr.trim() || error.message;
        reject(
          new PermanentError(
            missing ? 'tool-missing' : 'usage',
            `the vote was not cast: signing it with ${key} failed: ${why}`,
            {
              hint: '--sign takes a private key, or a public one whose private half an agent holds',
            },
          ),
        );
      },
    );
    // One that does not read its input says why when it ends.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(text);
  });
}

/** The hash of a plan as it was given. @throws PermanentError `usage` */
function planOf(given: string): string {
  const hash = given.toLowerCase();
  if (/^[0-9a-f]{8,64}$/.test(hash)) return hash;
  throw new PermanentError('usage', `--plan ${given}: not the hash of a plan`, {
    hint: 'runbook status shows it: 8 digits or more',
  });
}

/** A vote bound to the plan that is asked for, and signed where that is wanted. @throws PermanentError */
export async function castVote(
  session: Session,
  record: RunRecord,
  decision: Decision,
  { plan, key }: VoteOptions,
): Promise<Decision> {
  const given = plan === undefined ? undefined : planOf(plan);
  const waiting = addressee(record, decision);
  const early = isEarly(record, decision);
  const current = typeof waiting === 'string' ? null : (waiting.ballot?.planHash ?? null);
  const planHash = given ?? current ?? undefined;
  const bound: Decision = { ...decision, ...(planHash === undefined ? {} : { planHash }) };
  // What the run is going to refuse is not worth a signature.
  const moved = given !== undefined && current?.startsWith(given) !== true;
  if (key === undefined || moved || (typeof waiting === 'string' && !early)) return bound;
  const step = typeof waiting === 'string' ? (decision.step ?? '') : waiting.path;
  const asked = typeof waiting === 'string' ? null : waiting.since;
  const signature = { text: '', at: new Date().toISOString(), asked };
  const text = textOf(record, step, { ...bound, signature }, current);
  const path = session.files.resolve(session.cwd, key);
  return { ...bound, signature: { ...signature, text: await sign(text, path) } };
}
