import type { LocalBeginning } from '../../core/local.js';
import { firstState } from '../../core/run/first.js';
import type { Interpreter } from '../../core/run/interpreter.js';
import type { Program } from '../../core/run/program.js';
import { surroundings } from '../../core/run/request.js';
import { firstLocalRecord } from './first.js';
import type { Family } from './items.js';
import type { Resolution } from './entry.js';

/** A run that is ready to be driven. */
export interface BegunRun {
  readonly interpreter: Interpreter;
  /** All that there is to do, for it and the runs of its items. */
  execute(): Promise<void>;
}

/** The run that a family begins with: to be run, or to put back what another one had changed. */
export function begunRun(
  run: string,
  begin: LocalBeginning,
  { inputs, actions }: Resolution,
  family: Family,
): BegunRun {
  const { request } = begin;
  const { undo, resume, runbook } = request;
  const program: Program = {
    ...surroundings(request),
    inputs,
    actions,
    runbook,
    ...(undo === undefined ? {} : { undoes: undo }),
  };
  const record = { ...firstLocalRecord(run, begin), inputs: { ...inputs } };
  const interpreter = family.root(run, program, resume?.state ?? firstState(record));
  return {
    interpreter,
    async execute() {
      await (undo === undefined ? interpreter.execute() : interpreter.undoEnded(undo.force));
      await family.ended();
    },
  };
}
