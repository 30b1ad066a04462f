import type { DecisionVerb } from './outcome.js';
import type { Decision, Letter } from './control.js';
import type { DecisionRecord, Waiting } from '../record.js';
import type { Run } from './run.js';

/** What a step asks of people. */
export interface Question {
  readonly path: string;
  readonly kind: Waiting['kind'];
  readonly message: string;
  readonly verbs: readonly DecisionVerb[];
  /** When time decides, in ms; never when left out. */
  readonly timeoutMs?: number;
}

/** The moment at which time decides; null for never. */
export function deadline(since: string, timeoutMs: number | undefined): string | null {
  return timeoutMs === undefined ? null : new Date(Date.parse(since) + timeoutMs).toISOString();
}

/** How long it is until a moment, in ms; undefined for never. */
export function timeLeft(run: Run, until: string | null): number | undefined {
  return until === null ? undefined : Date.parse(until) - Date.parse(run.engine.now());
}

/** A decision as the record keeps it. */
export function recorded({ verb, by, reason }: Decision, step: string, at: string): DecisionRecord {
  return { at, by, verb, step, reason };
}

/**
 * Waits for a decision. `consider` looks at each letter and answers null to take it, or why it refuses;
 * a refused letter leaves the step waiting. Null when the time was up, or the question is `moot`.
 */
export async function ask(
  run: Run,
  question: Question,
  consider: (letter: Letter) => Promise<string | null>,
  moot: () => boolean = () => false,
): Promise<Letter | null> {
  const { engine, control } = run;
  const since = engine.now();
  const until = deadline(since, question.timeoutMs);
  run.emit({
    type: 'waiting',
    waiting: {
      path: question.path,
      kind: question.kind,
      message: question.message,
      since,
      until,
      verbs: [...question.verbs],
    },
  });
  try {
    for (;;) {
      const left = timeLeft(run, until);
      if (left !== undefined && left <= 0) return null;
      const came = await engine.until(
        () => control.hasLetter(question.path) || moot(),
        left,
        question.message,
      );
      if (!came) return null;
      const letter = control.take(question.path);
      if (letter === undefined) {
        if (moot()) return null;
        continue;
      }
      const problem = await consider(letter);
      if (problem !== null) {
        letter.refuse(problem);
        continue;
      }
      const decision = recorded(letter.decision, question.path, engine.now());
      run.emit({ type: 'decision', decision });
      letter.accept();
      return letter;
    }
  } finally {
    run.emit({ type: 'decided', path: question.path });
    // A second decision that came at the same moment is not kept for the next time that the step waits.
    control.shut(question.path, `step '${question.path}' does not wait for a decision any more`);
  }
}
