import type { DecisionVerb } from './outcome.js';
import type { Letter } from './control.js';
import type { Waiting } from '../record.js';
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
  const until =
    question.timeoutMs === undefined
      ? null
      : new Date(Date.parse(since) + question.timeoutMs).toISOString();
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
      const left = until === null ? undefined : Date.parse(until) - Date.parse(engine.now());
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
      const { verb, by, reason } = letter.decision;
      run.emit({
        type: 'decision',
        decision: { at: engine.now(), by, verb, step: question.path, reason },
      });
      letter.accept();
      return letter;
    }
  } finally {
    run.emit({ type: 'decided', path: question.path });
    // A second decision that came at the same moment is not kept for the next time that the step waits.
    control.shut(question.path, `step '${question.path}' does not wait for a decision any more`);
  }
}
