import { isObject } from '../../../core/json.js';

/** One revision of a release. */
export interface Revision {
  readonly revision: number;
  /** `deployed`, `superseded`, `failed`, `uninstalling`, `pending-install`, `pending-upgrade`, … */
  readonly status: string;
  readonly chart: string;
}

/**
 * Reads `helm history -o json`, oldest first.
 * @throws TypeError when it is something else.
 */
export function parseHistory(answer: unknown): Revision[] {
  if (!Array.isArray(answer)) throw new TypeError('not a history');
  return answer
    .map((one: unknown) => {
      if (!isObject(one)) throw new TypeError('not a revision');
      const { revision, status, chart } = one;
      if (typeof revision !== 'number' || typeof status !== 'string') {
        throw new TypeError('a revision without number or status');
      }
      return { revision, status, chart: typeof chart === 'string' ? chart : '' };
    })
    .sort((a, b) => a.revision - b.revision);
}

/** What is under way, or was killed: helm refuses to touch the release until then. */
export function isPending({ status }: Revision): boolean {
  return status.startsWith('pending-') || status === 'uninstalling';
}

/** The newest revision that was deployed, now or before; undefined where none ever was. */
export function lastDeployed(history: readonly Revision[]): Revision | undefined {
  return (
    history.findLast(({ status }) => status === 'deployed') ??
    history.findLast(({ status }) => status === 'superseded')
  );
}
