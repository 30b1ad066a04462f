import {
  CancellationScope,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  startChild,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { RunRecord } from '../core/record.js';
import {
  reportOf,
  type ItemOrder,
  type ItemReport,
  type ItemRequest,
  type ItemUndo,
  type Within,
} from '../core/run/items.js';
import type { Fence } from '../core/run/lease.js';
import type { RunRequest } from '../core/run/request.js';
import type { run } from './run.js';
import { counted } from './turns.js';

/** The run of an item tells the run around it how it stands. */
export const itemSignal = defineSignal<[ItemReport]>('item');
/** The run around an item says to the item's run what is to become of it. */
export const orderSignal = defineSignal<[ItemOrder]>('order');

/** Tells the run around an item how it stands: one word after the other, the last one in any case. */
export class Reporter {
  readonly #within: Within;
  #told: string;
  #next: ItemReport | null = null;
  #busy = false;

  /** `first`: the record that a history begins with. */
  constructor(within: Within, first: RunRecord) {
    this.#within = within;
    this.#told = JSON.stringify(reportOf(first, within.path));
  }

  /** Tells what is new in a record; `again`: also where nothing is. */
  see(record: RunRecord, again: boolean): void {
    const report = reportOf(record, this.#within.path);
    const text = JSON.stringify(report);
    if (text === this.#told && !again) return;
    this.#told = text;
    this.#next = report;
    void this.#send();
  }

  async #send(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#next !== null) {
        const report = this.#next;
        this.#next = null;
        await CancellationScope.nonCancellable(() =>
          getExternalWorkflowHandle(this.#within.run).signal(itemSignal, report),
        );
      }
    } catch (error) {
      // The run around it has ended: nobody is there to be told.
      log.info('the run around this item takes no reports any more', { error });
    } finally {
      this.#busy = false;
    }
  }

  /** Until all has been told. */
  async told(): Promise<void> {
    await condition(counted(() => !this.#busy));
  }
}

/**
 * Begins the run of an item, a workflow of its own that outlives the history it was begun in. Calls `gone` when
 * it is over, however it came to its end, as long as this history lasts.
 */
export async function startItem(
  request: RunRequest,
  { id, runbook, files, within }: ItemRequest,
  fences: readonly Fence[],
  gone: () => void,
): Promise<void> {
  const { notify: _toldByTheRunAround, planSteps: _boundAround, ...rest } = request;
  const asked: RunRequest = {
    ...rest,
    runbook,
    files,
    inputs: within.inputs,
    within: { ...within, fences },
    wait: true,
    planHash: null,
    resume: null,
  };
  await startMember(runbook.name, id, asked, runbook.title ?? id, gone);
}

/** Begins the run that is to put back what the run of an item, which has ended, had changed; `gone` as above. */
export async function startItemUndo(
  request: RunRequest,
  { id, run: around, from, path, root, force }: ItemUndo,
  fences: readonly Fence[],
  gone: () => void,
): Promise<void> {
  const { notify: _toldByTheRunAround, within: _itself, ...rest } = request;
  const asked: RunRequest = {
    ...rest,
    planHash: null,
    resume: null,
    wait: true,
    undo: {
      of: { id: from, startedAt: '', user: '' },
      from,
      force,
      item: { run: around, root, path, fences },
    },
  };
  await startMember('undo-run', id, asked, `Undo of ${from}`, gone);
}

/** Starts the workflow of an item. */
async function startMember(
  type: string,
  id: string,
  asked: RunRequest,
  summary: string,
  gone: () => void,
): Promise<void> {
  try {
    const child = await startChild<typeof run>(type, {
      workflowId: id,
      args: [asked],
      // It goes on while the run around it goes on in a new history, and is told when that one ends.
      parentClosePolicy: 'ABANDON',
      workflowTaskTimeout: '3s',
      staticSummary: summary,
    });
    void child.result().then(gone, gone);
  } catch (error) {
    // Begun before, and at work: then all is well.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Says something to the run of an item; false where there is none any more. */
export async function tellItem(item: string, order: ItemOrder): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(item).signal(orderSignal, order);
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}
