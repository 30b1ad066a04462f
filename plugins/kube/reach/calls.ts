import { isObject } from '../../../core/json.js';

/** One call out of the network of a pod. */
export interface Call {
  /** Uid of the pod that asked. */
  readonly from: string;
  readonly url: string;
  /** Time of the whole call in ms; null where no answer came. */
  readonly ms: number | null;
  /** Why no answer came, for people; null where one came. */
  readonly why: string | null;
}

/**
 * Asks URLs out of the network namespaces of pods: `$1` are the uids, with blanks between; standard
 * input is the configuration of curl. A pod is found by the control groups of its processes, whatever
 * the container runtime: both drivers of the kubelet write the uid into their names. One new connection
 * per call; those of one pod at the same time.
 */
export const reachScript = `config=$(cat)
for uid in $1; do
  under=$(printf %s "$uid" | tr - _)
  pid=$(grep -lE "pod($uid|$under)" /proc/[0-9]*/cgroup 2>/dev/null | head -n 1 | cut -d / -f 3)
  echo "pod $uid \${pid:--}"
  [ -n "$pid" ] || continue
  printf '%s\\n' "$config" | nsenter --target "$pid" --net -- curl --disable --silent --config - || :
done`;

/** The configuration of curl for these URLs, each asked so many times. */
export function curlConfig(urls: readonly string[], calls: number, timeoutMs: number): string {
  const common = [
    'parallel',
    'no-progress-meter',
    'globoff',
    'noproxy = "*"',
    'proto = "=http,https"',
    'header = "Connection: close"',
    `max-time = ${timeoutMs / 1000}`,
    'write-out = "%{json}\\n"',
  ];
  const each = urls.flatMap((url) =>
    Array.from({ length: calls }, () => [`url = "${url}"`, 'output = "/dev/null"']).flat(),
  );
  return [...common, ...each].join('\n');
}

/** Exit codes of curl(1) whose own words lead astray: of a time-out it says that the host was not resolved. */
const reasons: Readonly<Record<number, string>> = {
  7: 'refused or unreachable',
  28: 'no answer in time',
};

function callOf(from: string, facts: unknown): Call {
  if (!isObject(facts) || typeof facts['url'] !== 'string') throw new TypeError('not of curl');
  const { url, exitcode: exit, time_total: seconds, errormsg: message } = facts;
  if (exit === 0) {
    return {
      from,
      url,
      ms: typeof seconds === 'number' ? Math.round(seconds * 1000) : 0,
      why: null,
    };
  }
  const text = typeof message === 'string' ? message : `curl ${String(exit)}`;
  const why = reasons[Number(exit)] ?? text.replace(/ after \d+ (?:ms|milliseconds)\b/g, '');
  return { from, url, ms: null, why };
}

/**
 * Reads what {@link reachScript} printed: the calls, and uids of pods of which no process was found.
 * @throws TypeError or SyntaxError when it is something else.
 */
export function parseCalls(stdout: string): { readonly calls: Call[]; readonly absent: string[] } {
  const calls: Call[] = [];
  const absent: string[] = [];
  let from: string | null = null;
  for (const line of stdout.split('\n')) {
    if (line.trim() === '') continue;
    const pod = /^pod (\S+) (\S+)$/.exec(line);
    if (pod !== null) {
      from = pod[1] ?? null;
      if (pod[2] === '-' && from !== null) absent.push(from);
    } else if (from === null) throw new TypeError('a call of no pod');
    else calls.push(callOf(from, JSON.parse(line)));
  }
  return { calls, absent };
}
