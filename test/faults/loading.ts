import { plugins } from '../../plugins/index.js';
import type { AnyAction } from '../../core/action.js';
import type { Problem } from '../../core/definition/problem.js';
import { runbookSchema } from '../../core/definition/runbook.js';
import { inSource, parseWith } from '../../core/definition/schema.js';
import { readSource } from '../../core/definition/source.js';
import { validateRunbook, type Catalog } from '../../core/definition/validate.js';
import { localHost } from '../../core/run/frame.js';

const actions = new Map<string, AnyAction>(
  plugins.flatMap((plugin) => plugin.actions).map((action) => [action.name, action]),
);
const catalog: Catalog = {
  action: (name) => actions.get(name) ?? null,
  actionNames: [...actions.keys()],
  runbook: () => null,
  runbookNames: [],
  inventory: { hosts: { local: localHost }, clusters: {}, groups: {} },
};

/** Every problem of a runbook's text, as `runbook validate` finds them; none for a sound one. */
export function problemsOf(text: string): readonly Problem[] {
  const source = readSource('bad.yaml', text);
  if (!('value' in source)) return source;
  const parsed = parseWith(runbookSchema, source.value, inSource(source));
  if ('problems' in parsed) return parsed.problems;
  return validateRunbook(source, parsed.value, catalog);
}
