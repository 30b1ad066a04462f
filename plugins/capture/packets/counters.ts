import { RunbookError } from '../../../core/errors.js';

/** A capture on its host. */
export interface State {
  readonly sha256: string | null;
  readonly bytes: number;
  /** What tcpdump said at its end. */
  readonly said: string;
}

/** Reads what the script that looks printed. @throws RunbookError `check-failed` for anything else. */
export function parseState(host: string, stdout: string): State {
  if (stdout.trim() === 'none') return { sha256: null, bytes: 0, said: '' };
  const [first = '', ...rest] = stdout.split('\n');
  const [, sha256, bytes] = /^([0-9a-f]{64}) (\d+)$/.exec(first) ?? [];
  if (sha256 === undefined) {
    throw new RunbookError('check-failed', `${host}: the capture cannot be looked at`);
  }
  return { sha256, bytes: Number(bytes), said: rest.join('\n') };
}

/** The counters that tcpdump prints at its end, such as \`12 packets captured\`. */
export function parseCounters(said: string): { captured: number; dropped: number } {
  const count = (pattern: RegExp): number =>
    [...said.matchAll(pattern)].reduce((sum, [, number]) => sum + Number(number), 0);
  return {
    captured: count(/^(\d+) packets? captured$/gm),
    dropped: count(/^(\d+) packets? dropped by (?:kernel|interface)$/gm),
  };
}
