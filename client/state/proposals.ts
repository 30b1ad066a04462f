import { join } from 'node:path';
import { isObject } from '../../core/json.js';
import { readJson, writeJson } from '../embedded/json-file.js';
import type { KeptPlan } from './plans.js';

/** A run that one person has prepared for another to start. */
export interface Proposal extends KeptPlan {
  readonly id: string;
  readonly by: string;
  /** RFC 3339 UTC. */
  readonly at: string;
  readonly reason: string;
  /** Id of the run that was started with it; null where none was. */
  readonly run: string | null;
}

function pathOf(state: string, id: string): string {
  return join(state, 'proposals', `${id}.json`);
}

/** Keeps a proposal under its id. */
export function keepProposal(state: string, proposal: Proposal): void {
  writeJson(pathOf(state, proposal.id), proposal);
}

/** The proposal of this id; null where there is none. */
export function findProposal(state: string, id: string): Proposal | null {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id)) return null;
  const found = readJson(pathOf(state, id));
  return isObject(found) ? (found as unknown as Proposal) : null;
}
