import type { ApprovalStep, Step } from '../definition/runbook.js';
import { excerpt } from '../excerpt.js';
import type { Ballot, DecisionRecord, Plan } from '../record.js';
import type { Ended } from './act.js';
import { noApprovers, peopleOf, samePerson } from './approvers.js';
import { span } from './attempt.js';
import { voters, voteWords } from './ballot.js';
import type { Decision, Letter } from './control.js';
import { heldUp } from './held-up.js';
import { limit, message } from './human.js';
import { innerSteps } from './kinds.js';
import { movedWords } from './moved.js';
import { deadline, recorded, timeLeft } from './people.js';
import { planParts } from './plan.js';
import { permanent, type Run, type Use } from './run.js';
import { verified } from './signature.js';
import { objection } from './votes.js';

/** The longest note of a step, bytes: each of many votes may have its reason. */
const maxNote = 1024;
/** The most steps of a plan that a ballot lists. */
const listed = 40;

/** An empty ballot: who is asked, how many must approve, and what they vote on. */
export function emptyBallot(run: Run, definition: ApprovalStep, plan: Plan | null): Ballot {
  const approvers = run.program.approvers ?? noApprovers;
  const looks = new Set(['no-op', 'holds', 'skipped']);
  return {
    quorum: definition.quorum ?? 1,
    approvers:
      definition.approvers === undefined ? null : peopleOf(approvers, definition.approvers),
    excluded: definition.excludeStarter === true ? run.record.startedBy : null,
    signatures: approvers.allowedSigners === null ? 'none' : approvers.signatures,
    planHash: plan?.hash ?? null,
    does: (plan?.steps ?? [])
      .filter(({ kind }) => !looks.has(kind))
      .slice(0, listed)
      .map(({ path, kind }) => ({ path, kind })),
    votes: [],
  };
}

/** Why an approval can never be given in this run, or null. */
export function hopeless(run: Run, definition: ApprovalStep): string | null {
  const { approvers, excluded, quorum } = emptyBallot(run, definition, null);
  if (approvers === null || excluded === null) return null;
  const left = approvers.filter((person) => !samePerson(person, excluded));
  if (left.length >= quorum) return null;
  return (
    `'${definition.id}' needs ${quorum} of ${approvers.join(', ')}, but not ${excluded}, ` +
    'who has started the run: too few are left'
  );
}

/** Why an approval of a run can never be given, known before it has begun; null where each can. */
export function unapprovable(run: Run): string | null {
  const { steps, finally: last = [] } = run.root.runbook;
  for (const definition of approvalsIn([...steps, ...last])) {
    const never = hopeless(run, definition);
    if (never !== null) return never;
  }
  return null;
}

function approvalsIn(steps: readonly Step[]): ApprovalStep[] {
  return steps.flatMap((step) => ('approval' in step ? [step] : approvalsIn(innerSteps(step))));
}

/** An approval that is being asked for. */
class Asking {
  readonly #run: Run;
  readonly #use: Use;
  readonly #definition: ApprovalStep;
  #plan: Plan | null = null;
  #ballot: Ballot;
  #why: string | null;
  #escalated = false;
  #since = '';
  #until: string | null = null;

  constructor(run: Run, use: Use, why: string | null) {
    this.#run = run;
    this.#use = use;
    this.#definition = use.indexed.definition as ApprovalStep;
    this.#ballot = emptyBallot(run, this.#definition, null);
    this.#why = why;
  }

  /**
   * Asks until it is decided. Nothing of ours is awaited between the answer to a letter and the end: in which order
   * that and what follows the step are told to the server must not change, or no earlier run could go on.
   */
  async decided(): Promise<Ended> {
    const run = this.#run;
    const { engine, control } = run;
    const { path } = this.#use;
    const bound = run.program.approvers !== undefined;
    if (bound) this.#phase('checking');
    const plan = bound ? await this.#fresh() : null;
    this.#phase('waiting');
    this.#begin(plan, this.#why);
    let letter: Letter | undefined;
    try {
      for (;;) {
        const early = this.#early();
        if (early !== null) return early;
        const left = timeLeft(run, this.#until);
        const came =
          (left === undefined || left > 0) &&
          (await engine.until(() => control.hasLetter(path), left, this.#message()));
        if (!came) {
          const ended = await this.#timeIsUp();
          if (ended !== null) return ended;
          continue;
        }
        letter = control.take(path);
        if (letter === undefined) continue;
        const counted = await this.#weigh(letter.decision);
        if (typeof counted === 'string') {
          letter.refuse(counted);
          continue;
        }
        run.emit({ type: 'decision', decision: counted });
        letter.accept();
        const ended = this.#count(counted);
        if (ended !== null) return ended;
      }
    } finally {
      run.emit({ type: 'decided', path });
      const why = `step '${path}' does not wait for a decision any more`;
      // Whoever has sent one waits for an answer, also where the run is ended while it is looked at.
      letter?.refuse(why);
      control.shut(path, why);
    }
  }

  #phase(phase: 'checking' | 'waiting'): void {
    const { engine } = this.#run;
    this.#run.emit({ type: 'step-phase', path: this.#use.path, phase, at: engine.now() });
  }

  #fresh(): Promise<Plan> {
    return planParts(this.#run, heldUp(this.#run, this.#use));
  }

  /** Asks, without any vote, for the approval of a plan. */
  #begin(plan: Plan | null, why: string | null): void {
    this.#plan = plan;
    this.#why = why;
    this.#escalated = false;
    this.#ballot = emptyBallot(this.#run, this.#definition, plan);
    this.#ask(limit(this.#run, this.#use, this.#definition.timeout).timeoutMs);
  }

  #ask(timeoutMs: number | undefined): void {
    this.#since = this.#run.engine.now();
    this.#until = deadline(this.#since, timeoutMs);
    this.#show();
  }

  #show(): void {
    this.#run.emit({
      type: 'waiting',
      waiting: {
        path: this.#use.path,
        kind: 'approval',
        message: this.#message(),
        since: this.#since,
        until: this.#until,
        verbs: ['approve', 'reject', 'undo', 'cancel'],
        ballot: this.#ballot,
      },
    });
  }

  #message(): string {
    const text = message(this.#run, this.#use, this.#definition.approval);
    return this.#why === null ? text : `${text} (${this.#why})`;
  }

  /** Counts the votes that came before it was asked; how the step ends where they decide. */
  #early(): Ended | null {
    const { path } = this.#use;
    const kept = this.#run.earlyVotes.filter((vote) => vote.step === path);
    if (kept.length === 0) return null;
    this.#run.earlyVotes = this.#run.earlyVotes.filter((vote) => vote.step !== path);
    for (const { verb, by, at, reason, signed } of kept) {
      if (verb === 'reject') throw rejection(by, reason);
      this.#ballot = {
        ...this.#ballot,
        votes: [...this.#ballot.votes, { by, at, reason, signed }],
      };
    }
    this.#show();
    return this.#carried() ? this.#approved() : null;
  }

  /** A vote as the record keeps it, or why it does not count. */
  async #weigh(decision: Decision): Promise<DecisionRecord | string> {
    const { path } = this.#use;
    const { record, engine } = this.#run;
    const problem = objection(record, this.#ballot, this.#since, decision);
    if (problem !== null) return problem;
    const { planHash, quorum, votes } = this.#ballot;
    const signed = await verified(this.#run, path, decision, planHash);
    if (typeof signed === 'string') return signed;
    if (decision.verb === 'approve' && votes.length + 1 >= quorum) {
      const moved = await this.#moved();
      if (moved !== null) return `${moved}; nothing is approved: look at it again, and vote`;
    }
    return {
      ...recorded(decision, path, engine.now()),
      ...(planHash === null ? {} : { planHash }),
      ...(signed === null ? {} : { signed }),
    };
  }

  /** Counts a vote; how the step ends where it decides. */
  #count({ verb, by, at, reason, signed }: DecisionRecord): Ended | null {
    if (verb === 'reject') throw rejection(by, reason);
    const vote = { by, at, reason, signed: signed !== undefined };
    this.#ballot = { ...this.#ballot, votes: [...this.#ballot.votes, vote] };
    if (this.#carried()) return this.#approved();
    this.#show();
    return null;
  }

  #carried(): boolean {
    return this.#ballot.votes.length >= this.#ballot.quorum;
  }

  #approved(): Ended {
    return {
      outcome: 'confirmed',
      note: excerpt(`approved by ${voteWords(this.#ballot)}`, maxNote),
    };
  }

  /**
   * Where a fresh plan is another than the one that was voted for, the votes are void, and it is asked anew.
   * What moved, or null.
   */
  async #moved(): Promise<string | null> {
    const was = this.#plan;
    if (was === null) return null;
    const is = await this.#fresh();
    if (is.hash === was.hash) return null;
    const moved = `since plan ${was.hash.slice(0, 12)} this has moved: ${movedWords(was.steps, is.steps)}`;
    this.#begin(is, `asked again: ${moved}`);
    return moved;
  }

  async #timeIsUp(): Promise<Ended | null> {
    const { escalate, onTimeout } = this.#definition;
    const { votes, quorum } = this.#ballot;
    const answered =
      votes.length === 0
        ? 'nobody answered in time'
        : `only ${votes.length} of ${quorum} approved in time (${voters(this.#ballot)})`;
    if (onTimeout === 'escalate' && escalate !== undefined && !this.#escalated) {
      this.#escalated = true;
      this.#why = `${answered}: asks ${escalate.to.join(', ')}, too`;
      const approvers = this.#run.program.approvers ?? noApprovers;
      const people = peopleOf(approvers, [...(this.#ballot.approvers ?? []), ...escalate.to]);
      this.#ballot = { ...this.#ballot, approvers: people };
      this.#ask(span(this.#run, this.#use, escalate.timeout));
      return null;
    }
    if (onTimeout !== 'approve')
      throw permanent('rejected', `${answered}: rejected, as the runbook says`);
    if ((await this.#moved()) !== null) return null;
    return { outcome: 'confirmed', note: `${answered}: approved, as the runbook says` };
  }
}

function rejection(by: string, reason: string): Error {
  return permanent('rejected', `rejected by ${by}${reason === '' ? '' : `: ${reason}`}`);
}

async function ask(run: Run, use: Use, why: string | null): Promise<Ended> {
  return new Asking(run, use, why).decided();
}

/** Waits for an approval; `again`: why it is asked for once more. A rejection fails the step for good. */
export async function approval(run: Run, use: Use, again: string | null = null): Promise<Ended> {
  const never = hopeless(run, use.indexed.definition as ApprovalStep);
  if (never !== null) throw permanent('definition-invalid', never);
  return ask(run, use, again === null ? null : `asked again: ${again}`);
}
