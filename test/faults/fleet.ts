import type { Bench } from '../client/e2e/bench.js';

/** Items of the fleet, by wave. */
export const waves: readonly (readonly string[])[] = [['f1'], ['f2', 'f3'], ['f4', 'f5', 'f6']];
export const items: readonly string[] = waves.flat();
/** Items that may be at work at once. */
export const maxUnavailable = 2;
/** What is done to an item, in this order: names of steps as the ledger has them. */
export function stepsOf(item: string): readonly string[] {
  return [`${item}a`, `${item}b`];
}

function step(id: string): string {
  const command = (verb: string): string =>
    `[sh, FOLDER/target.sh, ${verb}, FOLDER, "\${{ inputs.ledger }}", "\${{ item }}${id}", "\${{ inputs.pace }}"]`;
  return `{ id: ${id}, action: linux.command, input: { check: ${command('check')}, apply: ${command('apply')}, undo: ${command('undo')}, resource: "\${{ item }}${id}" } }`;
}

/** Two steps at each of six items, in three waves. `ledger`: name of the run in the ledger. */
export function writeFleet(bench: Bench): void {
  bench.runbook(
    'fleet',
    `inputs:
  ledger: { type: string, description: Name of the run in the ledger. }
  pace: { type: string, description: Seconds that each step takes., default: "0.2" }
  hold: { type: boolean, description: Wait for a person at the end., default: false }
steps:
  - id: items
    forEach: [${items.join(', ')}]
    waves: [1, 50%, 100%]
    maxUnavailable: ${maxUnavailable}
    steps:
      - ${step('a')}
      - ${step('b')}
  - { id: hold, if: "\${{ inputs.hold }}", manual: Look around. }
`,
  );
}
