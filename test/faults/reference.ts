import type { Bench } from '../client/e2e/bench.js';

/** Steps that change something, in their order; those of one rank go side by side. */
export const ranks: readonly (readonly string[])[] = [
  ['s01'],
  ['s02'],
  ['s03'],
  ['s04'],
  ['s05', 's06'],
  ['s07'],
  ['s08'],
  ['s09'],
  ['s10'],
  ['s11'],
  ['s12'],
];
export const effectSteps: readonly string[] = ranks.flat();
/** The step of `finally`. */
export const lastStep = 'last';

/** Place of a step in the order; the step of `finally` comes after all. */
export function rankOf(step: string): number {
  const rank = ranks.findIndex((steps) => steps.includes(step));
  return rank === -1 ? ranks.length : rank;
}

/** The step that a path of the record ends with: the name that the ledger has it by. */
export function stepOf(path: string): string {
  return path.split('/').at(-1) ?? path;
}

/** A step of the reference runbook as YAML; `undo` is false for the one of `finally`. */
export type StepText = (id: string, undo: boolean) => string;

/** The secret that some steps are given; they print it. */
export const secretName = 'canary';
const secretSteps: readonly string[] = ['s02', 's06', 's09'];

/**
 * Runbook of the same form, some of whose steps must not happen twice, and these steps. None of them goes beside another,
 * whose trap could kill the worker before the command has begun: then a person would have to answer.
 */
export const onceRunbook = 'reference-once';
export const onceSteps: readonly string[] = ['s04', 's09'];

/** A step that runs the target program; `FOLDER` stands for the bench's own. */
function command(id: string, undo: boolean, once = false): string {
  const argv = (verb: string): string =>
    `[sh, FOLDER/target.sh, ${verb}, FOLDER, "\${{ run.id }}", ${id}, "\${{ inputs.pace }}"]`;
  const back = undo ? argv('undo') : 'nothing';
  const env = secretSteps.includes(id) ? `, env: { CANARY: "\${{ secrets.${secretName} }}" }` : '';
  return `{ id: ${id}, action: linux.command, input: { check: ${argv('check')}, apply: ${argv('apply')}, undo: ${back}, resource: ${id}${once ? ', once: true' : ''}${env} } }`;
}

const onceCommand: StepText = (id, undo) => command(id, undo, onceSteps.includes(id));

const inputs = `  pace: { type: string, description: Seconds that each step takes., default: "0.1" }
  host: { type: target, kind: host, description: Where they are done., default: local }`;

/** Writes the reference runbook, and the one some of whose steps must not happen twice. */
export function writeReferences(bench: Bench): void {
  writeReference(bench);
  writeReference(bench, onceRunbook, onceCommand);
}

/**
 * Twelve steps that each do one thing once: plain ones, two side by side, two in a runbook that is called. On
 * demand a person is waited for at the end, so that there is something to undo. Other steps than those of the target
 * program make another runbook of the same form.
 */
export function writeReference(bench: Bench, name = 'reference', step: StepText = command): void {
  bench.runbook(
    `${name}-part`,
    `inputs:
${inputs}
target: "\${{ inputs.host }}"
steps:
  - ${step('s08', true)}
  - ${step('s09', true)}
`,
  );
  bench.runbook(
    name,
    `title: Twelve steps that leave a trace each
inputs:
${inputs}
  place: { type: string, description: What it holds alone., default: here }
  hold: { type: boolean, description: Wait for a person at the end., default: false }
target: "\${{ inputs.host }}"
locks: ["place/\${{ inputs.place }}"]
steps:
  - ${step('s01', true)}
  - ${step('s02', true)}
  - ${step('s03', true)}
  - ${step('s04', true)}
  - id: pair
    parallel:
      - ${step('s05', true)}
      - ${step('s06', true)}
  - ${step('s07', true)}
  - { id: part, call: ${name}-part, input: { pace: "\${{ inputs.pace }}", host: "\${{ inputs.host }}" } }
  - ${step('s10', true)}
  - ${step('s11', true)}
  - ${step('s12', true)}
  - { id: hold, if: "\${{ inputs.hold }}", manual: Look around. }
finally:
  - ${step(lastStep, false)}
`,
  );
}
