import {
  ActivityCancellationType,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { Looked, VerbAnswer, VerbRequest } from '../core/run/engine.js';
import type { Fence } from '../core/run/lease.js';
import type { ActionFacts } from '../core/run/program.js';
import type { RunRequest, VerbCall } from '../core/run/request.js';
import { failureOf } from '../core/run/run.js';
import type { LookActivities } from './activities.js';
import { called, queueOf, short, slice, summaryOf, typeOf, type VerbActivity } from './call.js';
import { lastWord } from './lost-probe.js';
import { asStepFailure, causeOf } from './step-failure.js';

/** A check that takes longer than this is done again as a regular activity: a local one blocks decisions. */
const localLimitMs = 2000;
/** Without a beat for so long, a worker counts as lost. */
const heartbeatTimeout = '10s';
/** Past its own limit a verb still has time to stop what it started. */
const graceMs = 30_000;
/** The most looks of one activity: their answers share one payload. */
const maxLooks = 50;

/** What the verbs of a run are done with. */
export interface VerbSurroundings {
  readonly request: RunRequest;
  /** Facts of an action that the run knows by now. @throws TypeError for one that it does not know */
  readonly factsOf: (action: string) => ActionFacts;
  /** The grants of some resources under which a verb acts. */
  readonly fencesOf: (resources: readonly string[]) => Fence[];
  /** When the run began, not the history that it goes on in. */
  readonly startedAt: string;
  /** A check of several that takes longer than this is done again by itself, ms. */
  readonly looksLimitMs?: number;
}

/** The verbs of a run's steps as activities. */
export class Verbs {
  readonly #around: VerbSurroundings;

  constructor(around: VerbSurroundings) {
    this.#around = around;
  }

  /** Does a verb, as `Engine.perform` says. */
  async perform(request: VerbRequest): Promise<VerbAnswer> {
    try {
      if (this.#isQuick(request)) {
        const answer = await this.#locally(request);
        if (answer !== null) return answer;
      }
      return await this.#regularly(request);
    } catch (error) {
      const word = request.verb === 'probe' ? lastWord(error) : null;
      if (word !== null) return word;
      throw asStepFailure(error, request);
    }
  }

  /** Looks at several things, as `Engine.looks` says. */
  async looks(requests: readonly VerbRequest[]): Promise<readonly Looked[]> {
    const alone = (make: Promise<VerbAnswer>): Promise<Looked> =>
      make.then(
        (answer) => ({ answer }),
        (error: unknown) => {
          if (isCancellation(error)) throw error;
          return { failure: failureOf(error) };
        },
      );
    const together = requests.filter((request) => this.#isQuick(request));
    if (together.length < 2 || !patched('looks')) {
      return Promise.all(requests.map((request) => alone(this.perform(request))));
    }
    const seen = new Map<VerbRequest, Promise<Looked | null>>();
    for (let at = 0; at < together.length; at += maxLooks) {
      const some = together.slice(at, at + maxLooks);
      const all = this.#atOnce(some);
      some.forEach((request, nr) =>
        seen.set(
          request,
          all.then((looked) => looked[nr] ?? null),
        ),
      );
    }
    const regularly = async (request: VerbRequest): Promise<VerbAnswer> => {
      try {
        return await this.#regularly(request);
      } catch (error) {
        throw asStepFailure(error, request);
      }
    };
    return Promise.all(
      requests.map(async (request) => {
        const looked = (await seen.get(request)) ?? null;
        return looked ?? alone(regularly(request));
      }),
    );
  }

  /** Whether a verb is first tried as a local activity. */
  #isQuick({ verb, action, target }: VerbRequest): boolean {
    const queue = queueOf(this.#around.request.inventory, target);
    return verb === 'check' && !this.#around.factsOf(action).slow && queue === null;
  }

  #callOf(request: VerbRequest): VerbCall {
    const { under = [], ...rest } = request;
    return {
      ...rest,
      fences: this.#around.fencesOf(under),
      run: {
        id: workflowInfo().workflowId,
        startedAt: this.#around.startedAt,
        user: this.#around.request.user,
      },
      inventory: slice(
        this.#around.request.inventory,
        request,
        this.#around.factsOf(request.action),
      ),
    };
  }

  async #regularly(request: VerbRequest): Promise<VerbAnswer> {
    const queue = queueOf(this.#around.request.inventory, request.target);
    const proxy = proxyActivities<Record<string, VerbActivity>>({
      activityId: request.path,
      ...(queue === null ? {} : { taskQueue: queue }),
      startToCloseTimeout: request.timeoutMs + request.settle.timeoutMs + graceMs,
      heartbeatTimeout,
      summary: summaryOf(request),
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      // The first wait comes on top of the heartbeat's timeout when a worker was lost.
      retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' },
    });
    return await called(proxy, typeOf(request))(this.#callOf(request));
  }

  /** A quick check as a local activity; null where it took too long for one. */
  async #locally(request: VerbRequest): Promise<VerbAnswer | null> {
    const proxy = proxyLocalActivities<Record<string, VerbActivity>>({
      startToCloseTimeout: localLimitMs,
      retry: { maximumAttempts: 1 },
      summary: summaryOf(request),
    });
    try {
      return await called(proxy, typeOf(request))(this.#callOf(request));
    } catch (error) {
      if (causeOf(error) instanceof TimeoutFailure) return null;
      throw error;
    }
  }

  /** Quick checks as one local activity; null for each that took too long for one. */
  async #atOnce(requests: readonly VerbRequest[]): Promise<readonly (Looked | null)[]> {
    const title = requests[0]?.title ?? '';
    const same = requests.every((request) => request.title === title);
    const { looksLimitMs: limitMs = localLimitMs } = this.#around;
    const { looks } = proxyLocalActivities<LookActivities>({
      startToCloseTimeout: limitMs + graceMs,
      retry: { maximumAttempts: 1 },
      summary: short(
        same
          ? `${title} on ${requests.length} targets`
          : `${title} and ${requests.length - 1} more`,
      ),
    });
    const calls = requests.map((request) => this.#callOf(request));
    try {
      return await looks(calls, limitMs);
    } catch (error) {
      if (isCancellation(error)) throw error;
      // Each by itself tells what is the matter, and with which.
      return [];
    }
  }
}
