import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../core/json.js';
import type { Plan } from '../../core/record.js';
import { readJson, writeJson } from '../embedded/json-file.js';

/** A plan that was shown, with what it takes to start exactly it. */
export interface KeptPlan {
  readonly plan: Plan;
  readonly definitionHash: string;
  /** Inputs as they were given. */
  readonly inputs: JsonObject;
}

function folderOf(state: string): string {
  return join(state, 'plans');
}

/** Keeps a plan under its hash. */
export function keepPlan(state: string, kept: KeptPlan): void {
  writeJson(join(folderOf(state), `${kept.plan.hash}.json`), kept);
}

/** Plans whose hash begins so: none, one, or several. */
export function findPlans(state: string, prefix: string): KeptPlan[] {
  if (!/^[0-9a-f]{4,64}$/.test(prefix)) return [];
  let names: string[];
  try {
    names = readdirSync(folderOf(state));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .filter((name) => name.startsWith(prefix) && name.endsWith('.json'))
    .map((name) => readJson(join(folderOf(state), name)) as KeptPlan | null)
    .filter((kept) => kept !== null);
}
