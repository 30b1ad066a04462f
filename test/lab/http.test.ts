import { describe, expect } from '@jest/globals';
import { Catalog } from '../../activities/catalog.js';
import { perform } from '../../activities/perform.js';
import type { VerbAnswer } from '../../core/run/engine.js';
import { http } from '../../plugins/http/index.js';
import { httpProbe } from '../../plugins/http/probe.js';
import { laws, type LawCase } from '../laws.js';
import { createLabTargets, hostsOf, lab, needsLab } from './kube-fixture.js';

const test = needsLab('clients', 'nodes');
const open = createLabTargets();
const client = hostsOf('clients')[0] ?? 'no-client';
const vip = 'http://172.16.1.1';
const url = `${vip}/`;

function situation(title: string, input: object, finds: LawCase['finds'] = 'nothing'): LawCase {
  return {
    title,
    finds,
    arrange: () =>
      Promise.resolve({ target: open(client), input, cleanup: () => Promise.resolve() }),
    // Each pod behind the address answers in its own name.
    volatile: ['durationMs', 'body'],
  };
}

laws(httpProbe, {
  test,
  cases: [
    situation('the service answers', { url, expect: { status: 200 } }),
    situation('a status that it does not answer', { url, expect: { status: 404 } }, 'drift'),
    situation('a port that it does not have', { url: `${vip}:81/`, timeout: '1s' }, 'drift'),
  ],
  bad: [],
});

/** Probes for two seconds, as beside the steps of a run. */
async function probe(input: { url: string }): Promise<VerbAnswer> {
  if (lab === null) throw new Error('there is no lab');
  return perform(
    new Catalog([http]),
    {
      verb: 'probe',
      path: 'probe',
      title: 'probe',
      action: httpProbe.name,
      target: client,
      input: { every: '100ms', timeout: '1s', ...input },
      before: null,
      timeoutMs: 60_000,
      settle: { timeoutMs: 0, everyMs: 0 },
      inventory: lab.inventory,
      fences: [],
      run: { id: 'test-lab', startedAt: new Date().toISOString(), user: 'test' },
    },
    {
      number: 1,
      signal: AbortSignal.timeout(2000),
      open: () => open(client)('probe'),
      pulse: () => undefined,
      last: null,
    },
  );
}

describe('http.probe beside a run', () => {
  test('counts the calls, and loses none', async () => {
    const answer = await probe({ url });
    expect(answer.probe).toMatchObject({ failed: 0, lastFailure: null });
    expect(answer.probe?.sent).toBeGreaterThan(3);
    expect(answer.probe?.longestGapMs).toBeLessThan(2000);
  }, 60_000);

  test('counts what is lost', async () => {
    const { probe: counts } = await probe({ url: 'http://192.168.30.10:1/' });
    expect(counts?.sent).toBeGreaterThan(3);
    expect(counts?.failed).toBe(counts?.sent);
    expect(counts?.lastFailure).toContain('connection refused or unreachable');
    expect(counts?.longestGapMs).toBeGreaterThan(1500);
  }, 60_000);
});
