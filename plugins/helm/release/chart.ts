import { PermanentError, RunbookError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { failureOf } from './helm.js';

/** What a chart says of itself. */
export interface Chart {
  readonly name: string;
  readonly version: string;
}

/** True for a folder or an archive, as helm sees it; else it is the name of a chart in a repository. */
export function isPath(chart: string): boolean {
  return /^(?:\.{0,2}\/)/.test(chart) || chart.endsWith('.tgz');
}

/**
 * Name and version in Chart.yaml, as `helm show chart` prints it: helm has no JSON for this.
 * @throws TypeError when it is something else.
 */
export function parseChart(yaml: string): Chart {
  const field = (key: string): string | undefined =>
    new RegExp(`^${key}: *["']?([^"'\\n]+?)["']? *$`, 'm').exec(yaml)?.[1];
  const [name, version] = [field('name'), field('version')];
  if (name === undefined || version === undefined) throw new TypeError('not a chart');
  return { name, version };
}

async function show(target: Target, chart: string, version: string | undefined): Promise<Chart> {
  const which = version === undefined || isPath(chart) ? [] : ['--version', version];
  const { exitCode, stdout, stderr } = await target.run(
    'helm',
    ['show', 'chart', chart, ...which],
    {
      exits: [0, 1],
      log: 'quiet',
      timeout: '60s',
    },
  );
  if (exitCode !== 0) throw failureOf(target.name, `show chart ${chart}`, stderr);
  try {
    return parseChart(stdout);
  } catch (error) {
    throw new RunbookError('check-failed', `${target.name}: helm show chart printed no chart`, {
      cause: error,
    });
  }
}

/**
 * The chart that would be installed. A repository is only asked where the runbook does not say which
 * version is wanted.
 * @throws PermanentError `input-invalid` where the chart at a path has another version than is wanted:
 *   helm would install it without a word.
 */
export async function chartOf(
  target: Target,
  chart: string,
  version: string | undefined,
): Promise<Chart> {
  if (version !== undefined && !isPath(chart)) {
    return { name: chart.split('/').at(-1) ?? chart, version };
  }
  const found = await show(target, chart, version);
  if (version === undefined || found.version === version) return found;
  throw new PermanentError(
    'input-invalid',
    `${target.name}: the chart at ${chart} is ${found.name} ${found.version}, not ${version}`,
    { hint: 'helm does not look at --version for a chart at a path: correct path or version.' },
  );
}
