import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { RunRecord } from '../core/record.js';
import { firstRecord, firstState } from '../core/run/first.js';
import { Interpreter } from '../core/run/interpreter.js';
import { StepFailure } from '../core/run/engine.js';
import { isRefused } from '../core/run/refused.js';
import type { ItemOrder, ItemReport } from '../core/run/items.js';
import { hasEnded } from '../core/run/outcome.js';
import type { Program } from '../core/run/program.js';
import type { RunEvent } from '../core/run/reduce.js';
import { surroundings, type Resume, type RunRequest } from '../core/run/request.js';
import { failureOf, type RunState } from '../core/run/run.js';
import { lasting, quick } from './activities.js';
import { details } from './details.js';
import { TemporalEngine } from './engine.js';
import { asStepFailure } from './step-failure.js';
import { itemSignal, orderSignal, Reporter } from './fleet.js';
import { brokenSignal, grantedSignal } from './lease.js';
import { beginningQuery, decisionUpdates, recordQuery, resumeQuery } from './messages.js';
import { Notifier } from './notifier.js';
import { recalled } from './recall.js';

const stateKey = defineSearchAttributeKey('RunbookState', SearchAttributeType.KEYWORD);
const targetKey = defineSearchAttributeKey('RunbookTarget', SearchAttributeType.KEYWORD_LIST);

/** Record of this run, of which nothing is known but how it was asked for. */
export function freshRecord(request: RunRequest): RunRecord {
  const { workflowId, startTime } = workflowInfo();
  return firstRecord(workflowId, request, startTime.toISOString());
}

/**
 * Runs a runbook: the dynamic workflow behind every runbook's name. Success completes it with the
 * record; refused, undone, stopped and cancelled runs fail it with a type of that name.
 */
export async function run(asked: RunRequest): Promise<RunRecord> {
  // Only for the run of an item: for all others nothing may lie between their beginning and their first handler.
  const request = asked.undo?.item === undefined ? asked : await recalled(asked, asked.undo);
  let record = request.resume?.state.progress.record ?? freshRecord(request);
  let interpreter: Interpreter | null = null;
  let engine: TemporalEngine | null = null;
  const granted: [resource: string, fence: number | null][] = [];
  const notifier = new Notifier(request, record);
  const { within } = request;
  const reporter = within === undefined ? null : new Reporter(within, record);
  const show = publisher(within === undefined, (shown, event) => {
    notifier.see(shown);
    // Whoever has had it look again waits for the answer, also where that is the same as before.
    reporter?.see(shown, event?.type === 'done');
  });
  show(record);
  setHandler(recordQuery, () => interpreter?.record ?? record);
  let begun: Omit<Resume, 'state'> | null = null;
  setHandler(resumeQuery, () =>
    interpreter === null || begun === null ? null : { ...begun, state: interpreter.state() },
  );
  setHandler(beginningQuery, () => {
    const { runbook, files } = request;
    const undoes = request.undo?.of ?? null;
    return within === undefined ? null : { runbook, files, bound: within.bound, undoes };
  });
  setHandler(grantedSignal, (resource, fence = null) => {
    granted.push([resource, fence]);
    engine?.granted(resource, fence);
  });
  const reports: ItemReport[] = [];
  setHandler(itemSignal, (report) =>
    interpreter === null ? void reports.push(report) : interpreter.itemSaid(report),
  );
  const orders: ItemOrder[] = [];
  setHandler(orderSignal, (order) => {
    if (interpreter === null) return void orders.push(order);
    engine?.lend(order.fences ?? []);
    interpreter.order(order);
  });
  setHandler(brokenSignal, ({ resource, by, reason }) =>
    interpreter?.leaseBroken(resource, by, reason),
  );
  const takeDecisions = (): void => {
    for (const [verb, update] of decisionUpdates) {
      setHandler(
        update,
        async (args) => {
          try {
            await interpreter?.decide({ ...args, verb });
          } catch (error) {
            throw isRefused(error) ? refused(error.message) : error;
          }
        },
        {
          validator: (args) => {
            const why =
              interpreter === null
                ? 'the run is only just starting; try again'
                : interpreter.refusal({ ...args, verb });
            if (why !== null) throw refused(why);
          },
          description: `${verb} the run or one of its steps`,
        },
      );
    }
  };
  // In a new history decisions may be there already: they are looked at when the run is there, too.
  if (request.resume === null) takeDecisions();

  try {
    if (request.undo?.lost !== undefined) throw new StepFailure(request.undo.lost);
    const around = surroundings(request);
    const resolved =
      request.resume ?? within ?? (await quick.resolve(request.runbook, request.inputs, around));
    const program: Program = {
      ...around,
      inputs: resolved.inputs,
      actions: resolved.actions,
      runbook: request.runbook,
      ...(within === undefined ? {} : { within }),
      ...(request.undo === undefined ? {} : { undoes: request.undo }),
    };
    begun = { inputs: resolved.inputs, actions: resolved.actions };
    record = { ...record, inputs: { ...resolved.inputs } };
    const state: RunState = request.resume?.state ?? firstState(record, within?.fences);
    const carried = Object.assign(
      {},
      ...Object.values(state.callees).map((callee) => callee.actions),
    );
    engine = new TemporalEngine(
      request,
      { ...resolved.actions, ...carried },
      { publish: show, itemGone: (path) => interpreter?.itemGone(path) },
    );
    for (const [resource, fence] of granted) engine.granted(resource, fence);
    interpreter = new Interpreter(program, engine, state, {
      wait: request.wait,
      planHash: request.planHash,
      ...(request.planSteps === undefined ? {} : { planSteps: request.planSteps }),
    });
    for (const report of reports) interpreter.itemSaid(report);
    for (const order of orders) {
      engine.lend(order.fences ?? []);
      interpreter.order(order);
    }
    if (request.resume !== null) takeDecisions();
    const execution =
      request.undo === undefined
        ? await interpreter.execute()
        : await interpreter.undoEnded(request.undo.force);
    record = interpreter.record;
    if (execution === 'hand-over') {
      await notifier.handedOver();
      await reporter?.told();
      await condition(allHandlersFinished);
      await continueAsNew<typeof run>({
        ...request,
        resume: {
          state: interpreter.state(),
          inputs: resolved.inputs,
          actions: resolved.actions,
          fences: engine.fences(),
          ...(request.notify === undefined ? {} : { noticed: notifier.noticed }),
        },
      });
    }
  } catch (error) {
    if (interpreter !== null) throw error;
    // It did not even begin: what was asked for does not fit what the worker has.
    const failure = failureOf(asStepFailure(error, null));
    record = { ...record, state: 'refused', endedAt: new Date().toISOString(), failure };
    show(record);
  }
  await CancellationScope.nonCancellable(async () => {
    await lasting.archive(record);
    await notifier.handedOver();
    await reporter?.told();
    await condition(allHandlersFinished);
  });
  if (record.state === 'succeeded') return record;
  throw ApplicationFailure.create({
    message: record.failure?.message ?? `the run ended ${record.state}`,
    type: record.state,
    nonRetryable: true,
    details: [record],
  });
}

function refused(message: string): ApplicationFailure {
  return ApplicationFailure.create({ message, type: 'not-waiting', nonRetryable: true });
}

/** Keeps what others see of a run up to date: search attributes on a change of state only, details always. */
function publisher(
  listed: boolean,
  tell: (record: RunRecord, event?: RunEvent) => void,
): (record: RunRecord, event?: RunEvent) => void {
  let state = '';
  let targets = '';
  return (record, event) => {
    tell(record, event);
    setCurrentDetails(details(record));
    const now = record.targets.join(' ');
    // Runs of items are found through the run around them.
    if (!listed) return;
    if (record.state === state && (now === targets || !hasEnded(record.state))) return;
    state = record.state;
    targets = now;
    upsertSearchAttributes([
      { key: stateKey, value: record.state },
      { key: targetKey, value: record.targets.slice(0, 100) },
    ]);
  };
}
