import Sequencer from '@jest/test-sequencer';

/** Files that mostly wait, for longer than any other: whatever comes last is waited for alone. */
const first = [
  'faults/sample',
  'client/e2e/trouble',
  'faults/surroundings',
  'activities/targets/ssh/faults',
  'plugins/frr/config',
  'faults/crashes',
  'activities/targets/leftovers',
  'client/e2e/decisions',
].map((name) => `/test/${name}.test.ts`);

function rank({ path }) {
  const at = first.findIndex((end) => path.endsWith(end));
  return at < 0 ? first.length : at;
}

/** Jest's own order, by what it has seen before or by size, but for the longest. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}
