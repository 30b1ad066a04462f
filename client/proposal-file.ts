import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PermanentError } from '../core/errors.js';
import { canonical, isObject } from '../core/json.js';
import { planSchema } from '../core/record.js';
import type { Proposal } from './state/proposals.js';

/** The largest file that is read, bytes. */
const maxBytes = 8 * 1024 * 1024;

/** What a proposal is, apart from its id and what has become of it. */
type Content = Omit<Proposal, 'id' | 'run'>;

/** sha256 of what is proposed: equal contents have equal ones. */
export function hashOfProposal({ by, at, reason, plan, definitionHash, inputs }: Content): string {
  const content = { by, at, reason, plan, definitionHash, inputs };
  return createHash('sha256').update(canonical(content)).digest('hex');
}

/** Id of a proposal: it names the content, so that one cannot be taken for another. */
export function idOfProposal(content: Content): string {
  return `${content.plan.runbook}-${hashOfProposal(content).slice(0, 12)}`;
}

/** True for what names a file, not an id. */
export function isProposalFile(word: string): boolean {
  return /[/.]/.test(word);
}

/** Writes a proposal into a file, whole or not at all, that only its owner can read. @throws PermanentError `usage` */
export function writeProposal(path: string, proposal: Proposal): void {
  const { run: _here, ...content } = proposal;
  const document = {
    format: 'runbook-proposal',
    version: 1,
    sha256: hashOfProposal(content),
    proposal: content,
  };
  const draft = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, `${JSON.stringify(document)}\n`, { mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new PermanentError('usage', `--output ${path}: there is no such folder`);
  }
}

function refused(path: string, why: string): PermanentError {
  return new PermanentError('proposal-refused', `${path}: ${why}; nothing was started`, {
    hint: 'have it proposed again: runbook propose … --output FILE, and hand that file over',
  });
}

function parsed(path: string): unknown {
  let bytes: Buffer;
  try {
    bytes = readFileSync(resolve(path));
  } catch (error) {
    throw new PermanentError('not-found', `--proposal ${path}: ${(error as Error).message}`);
  }
  if (bytes.length > maxBytes) throw refused(path, `it has more than ${maxBytes} bytes`);
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    throw refused(path, 'it is no JSON: cut off, or not a file of runbook propose');
  }
}

/** The proposal in a file of `propose --output`. @throws PermanentError `not-found`, `proposal-refused` */
export function readProposal(path: string): Proposal {
  const document = parsed(path);
  if (!isObject(document) || document['format'] !== 'runbook-proposal' || document['version'] !== 1)
    throw refused(path, 'it is not a file of this version of runbook propose');
  const { sha256, proposal } = document;
  const plan = isObject(proposal) ? planSchema.safeParse(proposal['plan']) : null;
  if (!isObject(proposal) || plan?.success !== true || !isObject(proposal['inputs']))
    throw refused(path, 'it does not hold what it should');
  const text = (name: string): string => {
    const value = proposal[name];
    if (typeof value !== 'string') throw refused(path, `it does not hold what it should: ${name}`);
    return value;
  };
  const content: Content = {
    by: text('by'),
    at: text('at'),
    reason: text('reason'),
    plan: plan.data,
    definitionHash: text('definitionHash'),
    inputs: proposal['inputs'],
  };
  const id = idOfProposal(content);
  if (hashOfProposal(content) !== sha256 || text('id') !== id)
    throw refused(path, 'it was altered or damaged: its content has another sha256');
  return { ...content, id, run: null };
}
