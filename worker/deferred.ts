import type { Serving } from './serving.js';

type Activities = Serving['activities'];

/** Every activity by its name; the types see to it that none is missing. */
const names: Readonly<Record<keyof Activities, true>> = {
  default: true,
  resolve: true,
  callee: true,
  problems: true,
  planHash: true,
  verifySignature: true,
  acquireLease: true,
  releaseLeases: true,
  itemPast: true,
  archive: true,
  recordDrift: true,
  notify: true,
};

/**
 * Activities that are there before their code is: actions and their schemas load while the thread of the
 * workflows starts on another processor.
 */
export function deferred(
  serving: Promise<Serving>,
): Record<string, (...args: never[]) => Promise<unknown>> {
  const one =
    (name: keyof Activities) =>
    async (...args: never[]) => {
      const { activities } = await serving;
      return (activities[name] as (...args: never[]) => Promise<unknown>)(...args);
    };
  return Object.fromEntries(
    Object.keys(names).map((name) => [name, one(name as keyof Activities)]),
  );
}
