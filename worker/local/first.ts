import type { LocalBeginning } from '../../core/local.js';
import type { RunRecord } from '../../core/record.js';
import { firstRecord } from '../../core/run/first.js';

/** Record of a run without a server, of which nothing is known but how it was asked for. */
export function firstLocalRecord(run: string, begin: LocalBeginning): RunRecord {
  const { request, reason, host, startedAt } = begin;
  return { ...firstRecord(run, request, startedAt), local: { reason, host } };
}
