import type { Probe } from '../definition/runbook.js';
import type { Cancellable } from './engine.js';
import type { ProbeRecord } from '../record.js';
import { holds } from './expression.js';
import { targetsOf, titleOf, type Frame } from './frame.js';
import { failureOf, type Run } from './run.js';
import { fillInput } from './secrets.js';

/** Probes at work beside the steps. */
export interface Probes {
  /** Ends them and notes their counts. */
  stop(): Promise<void>;
}

/** Longer than any run: a probe ends when it is stopped. */
const forever = 365 * 24 * 3600 * 1000;

/** Starts the probes of a frame, on each of their targets. One that cannot run is noted as failed and does not stop the run. */
export function startProbes(run: Run, frame: Frame): Probes {
  const running = (frame.runbook.probes ?? []).map((probe) =>
    run.engine.cancellable(() => oneProbe(run, frame, probe)),
  );
  return {
    async stop() {
      for (const probe of running) probe.cancel();
      await Promise.allSettled(running.map((probe: Cancellable<void>) => probe.done));
    },
  };
}

async function oneProbe(run: Run, frame: Frame, probe: Probe): Promise<void> {
  const id = frame.prefix + probe.id;
  try {
    const scope = run.scope(frame, null);
    if (!holds(probe.if, scope, `probe '${id}'`)) return;
    const facts = run.facts(probe.action);
    const { names, list } = targetsOf(run.program, frame, probe, facts, scope);
    await Promise.all(
      names.map((target) => onTarget(run, frame, probe, target, list ? `${id}[${target}]` : id)),
    );
  } catch (error) {
    if (run.engine.isCancellation(error)) return;
    noter(run, id, probe)({ ...empty, lastFailure: failureOf(error).message });
  }
}

type Counts = Pick<ProbeRecord, 'sent' | 'failed' | 'longestGapMs' | 'lastFailure'>;
const empty: Counts = { sent: 0, failed: 0, longestGapMs: 0, lastFailure: null };

/** Notes counts of a probe. A run that goes on in a new history counts on. */
function noter(run: Run, id: string, probe: Probe): (counts: Counts) => void {
  const base = run.record.probes.find((recorded) => recorded.id === id) ?? empty;
  return (counts) =>
    run.emit({
      type: 'probe',
      probe: {
        id,
        sent: base.sent + counts.sent,
        failed: base.failed + counts.failed,
        longestGapMs: Math.max(base.longestGapMs, counts.longestGapMs),
        maxFailed: probe.maxFailed ?? null,
        lastFailure: counts.lastFailure,
      },
    });
}

async function onTarget(
  run: Run,
  frame: Frame,
  probe: Probe,
  target: string,
  id: string,
): Promise<void> {
  const note = noter(run, id, probe);
  note(empty);
  try {
    const facts = run.facts(probe.action);
    const answer = await run.engine.perform({
      verb: 'probe',
      path: id,
      title: titleOf(probe),
      action: probe.action,
      target,
      ...fillInput(probe.input, run.scope(frame, target)),
      before: null,
      timeoutMs: forever,
      settle: facts.settle,
    });
    note(answer.probe ?? empty);
  } catch (error) {
    if (run.engine.isCancellation(error)) return;
    note({ ...empty, lastFailure: failureOf(error).message });
  }
}

/** Probes that lost more calls than the runbook allows, or could make none, as text; null when none did. */
export function exceeded(run: Run): string | null {
  const found = run.record.probes.flatMap(({ id, sent, failed, maxFailed, lastFailure }) => {
    if (maxFailed === null) return [];
    if (sent === 0 && lastFailure !== null) return [`probe '${id}' could not run: ${lastFailure}`];
    if (failed <= maxFailed) return [];
    return [`probe '${id}' lost ${failed} of ${sent} calls; ${maxFailed} are allowed`];
  });
  return found.length === 0 ? null : found.join('; ');
}
