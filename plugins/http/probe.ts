import { z } from 'zod';
import { defineAction, duration } from '../../core/action.js';
import { PermanentError, RunbookError } from '../../core/errors.js';
import { excerpt, jsonBytes, plainText } from '../../core/excerpt.js';
import { failureOf, parseCall, type Call } from './curl.js';

const status = z.int().min(100).max(599);

const inputSchema = z.strictObject({
  // Not z.url(): that one drops newlines and tabs without a word.
  url: z
    .string()
    .max(2048)
    .regex(/^https?:\/\/[^\s\p{Cc}]+$/iu, 'write a URL with http:// or https://, without blanks')
    .refine((url) => URL.canParse(url), 'not a URL')
    .describe('What to get; redirects are not followed.'),
  expect: z
    .strictObject({
      status: z
        .union([status, z.array(status).min(1)])
        .optional()
        .describe('Status, or statuses, that are right; any from 200 to 399 unless told.'),
      bodyIncludes: z
        .string()
        .min(1)
        .max(1024)
        .optional()
        .describe('Text that the first 64 KiB of the answer must hold.'),
    })
    .prefault({})
    .describe('Which answer is right.'),
  timeout: duration()
    .prefault('2s')
    .refine((ms) => ms >= 1 && ms <= 60_000, 'between 1ms and 60s')
    .describe('The longest the whole call may take.'),
  every: duration()
    .prefault('1s')
    .refine((ms) => ms >= 50 && ms <= 3_600_000, 'between 50ms and 1h')
    .describe('As a probe: time from one call to the next.'),
  insecure: z
    .boolean()
    .default(false)
    .describe('Do not check the certificate, as for an API server by its address.'),
});
type Input = z.output<typeof inputSchema>;

const bodyBytes = 64 * 1024;

/**
 * Arguments of curl: no settings of a user (`--disable` counts only as the first), no proxy, URL as it
 * is (`--globoff`), the answer on standard output and the facts as JSON on standard error.
 */
function argsOf({ url, timeout, insecure }: Input): string[] {
  return [
    '--disable',
    '--silent',
    '--globoff',
    '--noproxy',
    '*',
    '--proto',
    '=http,https',
    '--max-time',
    String(timeout / 1000),
    ...(insecure ? ['--insecure'] : []),
    '--write-out',
    '%{stderr}%{json}',
    '--url',
    url,
  ];
}

function isRight(found: number, { expect }: Input): boolean {
  if (expect.status === undefined) return found >= 200 && found <= 399;
  return Array.isArray(expect.status) ? expect.status.includes(found) : found === expect.status;
}

/** Why the answer is not the right one, or null. */
function fault(input: Input, call: Call, body: string): string | null {
  if (call.status === null) return 'no status in the answer';
  if (!isRight(call.status, input)) {
    const { status = '200–399' } = input.expect;
    return `status ${call.status} instead of ${Array.isArray(status) ? status.join(', ') : status}`;
  }
  const { bodyIncludes } = input.expect;
  if (bodyIncludes === undefined || body.includes(bodyIncludes)) return null;
  return `the answer does not hold '${excerpt(bodyIncludes, 80)}'`;
}

/** Asks a URL from a host, as a user of the service would. */
export const httpProbe = defineAction({
  name: 'http.probe',
  summary: 'Asks a URL from a host with a new connection, and says whether the answer is right.',
  impact: 'read',
  on: 'host',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    status: z.int().nullable().describe('Status of the answer; null where none came.'),
    durationMs: z.int().describe('Time of the whole call in ms, name resolution included.'),
    body: z.string().describe('Beginning of the answer, at most 256 bytes.'),
  }),
  settle: { timeout: '60s', every: '1s' },
  every: ({ every }) => every,
  tookMs: ({ durationMs }) => durationMs,
  async check({ target }, input) {
    const { exitCode, stdout, stderr } = await target.run('curl', argsOf(input), {
      timeout: input.timeout + 2000,
      exits: 'any',
      capture: bodyBytes,
      log: 'quiet',
    });
    let call: Call;
    try {
      call = parseCall(stderr);
    } catch (error) {
      const told = excerpt(plainText(stderr), 200);
      throw new RunbookError('check-failed', `${target.name}: curl ${exitCode}: ${told}`, {
        cause: error,
        hint: 'curl 7.75 or newer is needed on the host.',
      });
    }
    const failure = exitCode === 0 ? fault(input, call, stdout) : failureOf(exitCode, call.message);
    if (failure === null && exitCode !== 0) {
      throw new PermanentError(
        'check-failed',
        `${target.name}: curl cannot ask ${input.url}: ${call.message ?? `exit ${exitCode}`}`,
        { hint: 'Correct the URL; curl(1) lists its exit codes.' },
      );
    }
    return {
      before: null,
      drift: failure === null ? null : excerpt(`${input.url}: ${plainText(failure)}`, 256),
      output: {
        status: call.status,
        durationMs: call.durationMs,
        body: excerpt(stdout, 256, jsonBytes),
      },
    };
  },
  examples: [
    {
      title: 'Probe a load-balancer address ten times a second from behind the router',
      input: { url: 'http://172.16.1.1/', every: '100ms', timeout: '1s' },
    },
    {
      title: 'The API server is ready',
      input: {
        url: 'https://192.168.10.100:6443/readyz',
        insecure: true,
        expect: { status: 200, bodyIncludes: 'ok' },
      },
    },
    {
      title: 'A service that must be closed to the outside',
      input: { url: 'http://10.10.1.200/admin', expect: { status: [401, 403] } },
    },
  ],
  notes: `One curl per call: a new process and a new connection, as a new client would make it. No
redirects, no proxy, no settings of the login user.

- A service that does not answer (refused, no answer in time, unresolved name, broken TLS) is drift,
  not an error: as a probe it counts as a failed call, as a wait it is asked again. A curl that is
  missing or too old is an error.
- Ask from where the users are: the router itself lost 27 of 60 calls to a DSR address that other
  machines reached without loss.
- One refused call just after a rollout was reported done is usual: wait for the right answer.
- The time-out covers everything: 100 ms probes of a host that drops packets wait for it each time,
  so keep it short.`,
});
