import { z } from 'zod';
import { defineAction, duration } from '../../core/action.js';
import { RunbookError } from '../../core/errors.js';
import { excerpt, fitting, plainText } from '../../core/excerpt.js';
import { after, curlConfig, parseAnswers, type Answer } from './shares/answers.js';
import { chiSquare, critical } from './shares/chi-square.js';

const word = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\p{Cc}]+$/u, 'one line');

const inputSchema = z.strictObject({
  url: z
    .string()
    .max(512)
    .regex(/^https?:\/\/[^\s\p{Cc}"\\]+$/iu, 'write a URL with http:// or https://')
    .refine((url) => URL.canParse(url), 'not a URL')
    .describe('What to call; redirects are not followed.'),
  calls: z
    .int()
    .min(20)
    .max(2000)
    .default(120)
    .describe('Calls, each with a new connection; from 100 on the test tells something.'),
  backend: word
    .default('Hostname:')
    .describe('Beginning of the line of the answer that names who answered.'),
  source: word
    .default('RemoteAddr:')
    .describe('Beginning of the line that names whom the backend takes for the caller.'),
  backends: z.int().min(1).max(64).describe('Backends among which the calls must be shared out.'),
  even: z
    .boolean()
    .default(true)
    .describe('Whether their shares must be equal, within what chance explains.'),
  from: z
    .array(z.union([z.ipv4(), z.ipv6()]))
    .max(32)
    .optional()
    .describe('Addresses that backends may see as the caller; any unless told.'),
  timeout: duration()
    .prefault('2s')
    .refine((ms) => ms >= 50 && ms <= 30_000, 'between 50ms and 30s')
    .describe('The longest that one call may take.'),
});

/** Address of `192.168.30.10:51234` or `[fd00::1]:51234`. */
function addressOf(source: string): string {
  return source.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

function tally(answers: readonly Answer[], word: string, read = (text: string) => text) {
  const counts = new Map<string, number>();
  for (const { ok, body } of answers) {
    const found = ok ? after(body, word) : null;
    if (found !== null) counts.set(read(found), (counts.get(read(found)) ?? 0) + 1);
  }
  return [...counts].map(([name, calls]) => ({ name, calls })).sort((a, b) => b.calls - a.calls);
}

/** How calls are shared out among backends. */
export const httpShares = defineAction({
  name: 'http.shares',
  summary: 'Calls a URL many times: whether all backends answer, equally often, and whom they see.',
  impact: 'read',
  on: 'host',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    lost: z.int().describe('Calls without the right answer.'),
    shares: z
      .array(
        z.strictObject({
          name: z.string().describe('Who answered.'),
          calls: z.int().describe('How often.'),
        }),
      )
      .describe('Answers per backend, the busiest first; as many as fit.'),
    chiSquare: z.number().describe("Pearson's statistic of the shares."),
    critical: z.number().describe('What it may be: more is chance once in a thousand times.'),
    sources: z.array(z.string()).describe('Callers as the backends see them; as many as fit.'),
  }),
  settle: { timeout: '60s', every: '2s' },
  async check({ target }, input) {
    const { url, calls, backends, even, from } = input;
    const { stdout } = await target.run('curl', ['--disable', '--silent', '--config', '-'], {
      input: curlConfig(url, calls, input.timeout),
      timeout: 10_000 + calls * input.timeout,
      exits: 'any',
      capture: 16 * 1024 * 1024,
      log: 'quiet',
    });
    let answers: Answer[];
    try {
      answers = parseAnswers(stdout);
    } catch (error) {
      const told = excerpt(plainText(stdout), 200);
      throw new RunbookError('check-failed', `${target.name}: curl cannot be understood: ${told}`, {
        cause: error,
        hint: 'curl 7.75 or newer is needed on the host.',
      });
    }
    const good = answers.filter(({ ok }) => ok);
    const shares = tally(answers, input.backend);
    const named = shares.reduce((sum, one) => sum + one.calls, 0);
    const sources = tally(answers, input.source, addressOf).map(({ name }) => name);
    const counts = shares.map((one) => one.calls);
    const statistic = counts.length === 0 ? 0 : chiSquare(counts);
    const limit = critical(counts.length);
    const drift: string[] = [];
    if (good.length < calls) drift.push(`${calls - good.length} of ${calls} calls lost`);
    if (named < good.length) {
      drift.push(`${good.length - named} answers have no line '${input.backend}'`);
    }
    if (counts.length !== backends) drift.push(`${counts.length} of ${backends} backends answer`);
    if (even && counts.length > 1 && statistic > limit) {
      const text = `chi-square ${statistic.toFixed(1)}, ${limit.toFixed(1)} allowed`;
      drift.push(`shares ${counts.join('/')} are not equal (${text})`);
    }
    const strangers = from === undefined ? [] : sources.filter((one) => !from.includes(one));
    if (strangers.length > 0) drift.push(`backends see ${strangers.slice(0, 4).join(', ')}`);
    return {
      before: null,
      drift: drift.length === 0 ? null : excerpt(`${url}: ${drift.join('; ')}`, 256),
      output: {
        lost: calls - good.length,
        shares: fitting(shares, 500).kept,
        chiSquare: Math.round(statistic * 100) / 100,
        critical: Math.round(limit * 100) / 100,
        sources: fitting(sources, 300).kept,
      },
    };
  },
  examples: [
    {
      title: 'Three backends answer equally often',
      input: { url: 'http://172.16.1.1/', backends: 3 },
    },
    {
      title: 'With a local traffic policy the backends see the client itself',
      input: { url: 'http://172.16.1.1/', backends: 2, from: ['192.168.30.10'] },
    },
  ],
  notes: `"36/36/28 looks even" is no test. Pearson's chi-square is: the shares differ by more than chance
explains, once in a thousand times (p = 0.001). Ask from a machine behind the router, where users
are.

- Each call has a connection, and so a source port, of its own: a router whose
  \`fib_multipath_hash_policy\` is 0 hashes addresses alone, and sends all calls of one client to one
  next hop.
- Two stages may share out calls, the router among nodes and the nodes among pods: equal shares at the
  end do not prove that both do.
- The answer must name who answered, as traefik/whoami does with \`Hostname:\` and \`RemoteAddr:\`.
- With fewer than 5 calls per backend expected, the test means nothing: ask more often.`,
});
