import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { excerpt, plainText } from '../../core/excerpt.js';
import type { SignatureAnswer, SignatureRequest } from '../../core/run/engine.js';
import { voteNamespace } from '../../core/run/votes.js';
import { messageOf } from '../thrown.js';

/** A verification reads two small files: it takes some milliseconds. */
const timeout = 5000;

/** What `ssh-keygen` says against a signature, without the names of our files. */
function complaint(stderr: string, folder: string): string {
  const lines = plainText(stderr)
    .split('\n')
    .map((line) => line.replaceAll(`${folder}/`, '').trim())
    .filter((line) => line !== '');
  return excerpt(lines.join('; '), 300);
}

async function verifyAs(
  signer: string,
  { text, allowed, signature }: { text: string; allowed: string; signature: string },
  folder: string,
): Promise<SignatureAnswer> {
  const { exitCode, stdout, stderr, failed, code, timedOut } = await execa(
    'ssh-keygen',
    ['-Y', 'verify', '-f', allowed, '-I', signer, '-n', voteNamespace, '-s', signature],
    { input: text, env: { LC_ALL: 'C' }, timeout, reject: false },
  );
  if (code === 'ENOENT') return { problem: 'ssh-keygen is not installed where the worker runs' };
  if (timedOut) return { problem: `ssh-keygen did not end within ${timeout / 1000} s` };
  // "Good "runbook" signature for ann with ED25519 key SHA256:…"
  const key = /\bkey (SHA256:\S+)$/m.exec(stdout)?.[1];
  if (!failed && exitCode === 0 && key !== undefined) return { key };
  const said = complaint(stderr, folder);
  return { problem: said === '' ? `no key that ${signer} may sign with has made it` : said };
}

/**
 * Verifies a signature with `ssh-keygen -Y verify` against the signers that are allowed. The answer says why where
 * it proves nothing; it never throws, since whoever has voted waits for it.
 */
export async function verifySignature(request: SignatureRequest): Promise<SignatureAnswer> {
  const { text, signers, signature, allowedSigners } = request;
  try {
    const folder = await mkdtemp(join(tmpdir(), 'runbook-vote-'));
    try {
      const files = {
        text,
        allowed: join(folder, 'allowed_signers'),
        signature: join(folder, 'signature'),
      };
      await writeFile(files.allowed, allowedSigners, { mode: 0o600 });
      await writeFile(files.signature, signature, { mode: 0o600 });
      const problems: string[] = [];
      for (const signer of signers) {
        const answer = await verifyAs(signer, files, folder);
        if ('key' in answer) return answer;
        problems.push(answer.problem);
      }
      return { problem: [...new Set(problems)].join('; ') };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
