import { isObject } from '../../core/json.js';

/** What curl tells of one call. */
export interface Call {
  /** Status of the answer; null where none came. */
  readonly status: number | null;
  readonly durationMs: number;
  /** curl's own words for what went wrong; null where nothing did. */
  readonly message: string | null;
}

/**
 * Reads the last line of standard error, which is what `--write-out '%{stderr}%{json}'` printed.
 * @throws SyntaxError or TypeError when it is not curl's JSON.
 */
export function parseCall(stderr: string): Call {
  const last = stderr.trimEnd().split('\n').at(-1) ?? '';
  const facts: unknown = JSON.parse(last);
  if (!isObject(facts)) throw new TypeError('not what curl writes');
  const { http_code: code, time_total: seconds, errormsg: message } = facts;
  return {
    status: typeof code === 'number' && code > 0 ? code : null,
    durationMs: typeof seconds === 'number' ? Math.round(seconds * 1000) : 0,
    message: typeof message === 'string' ? message : null,
  };
}

/** Exit codes of curl(1) by which a service that does not serve shows itself. */
const failures: Readonly<Record<number, string>> = {
  // 1 is said of protocols that curl does not speak: with http and https only, of HTTP/0.9.
  1: 'the answer is not HTTP',
  5: 'the proxy cannot be resolved',
  6: 'the name cannot be resolved',
  7: 'connection refused or unreachable',
  8: 'the answer is not HTTP',
  16: 'HTTP/2 failed',
  18: 'the answer broke off',
  28: 'no answer in time',
  35: 'the TLS handshake failed',
  52: 'an empty answer',
  55: 'sending failed',
  56: 'the connection was reset',
  60: 'the certificate is not trusted',
  61: 'the answer has an unknown encoding',
  92: 'HTTP/2 failed',
};

const afterSoLong = / after \d+ (?:ms|milliseconds)\b/g;

/** Why a call failed, for people; null for an exit code that tells of curl itself, not of the service. */
export function failureOf(exitCode: number, message: string | null): string | null {
  const known = failures[exitCode];
  if (known === undefined) return null;
  // Two checks of the same fault say the same: curl also tells after how many ms it gave up.
  return message === null ? known : `${known} (${message.replace(afterSoLong, '')})`;
}
