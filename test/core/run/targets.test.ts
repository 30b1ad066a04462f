import { describe, expect, test } from '@jest/globals';
import { MemoryRun } from '../../engines/memory.js';

describe('targets', () => {
  const host = (name: string, cluster: string | null = null): object => ({
    ...run0.host,
    name,
    cluster,
  });
  const run0 = {
    host: {
      kind: 'host',
      address: null,
      port: 22,
      user: 'root',
      key: null,
      knownHosts: null,
      via: null,
      path: [],
      taskQueue: null,
      groups: [],
      vars: {},
      machine: null,
    },
  };
  const inventory = {
    hosts: { local: host('local'), h1: host('h1', 'c'), h2: host('h2', 'c') },
    clusters: {
      c: {
        kind: 'cluster',
        name: 'c',
        kubeconfig: null,
        context: null,
        uid: null,
        controlPlane: null,
        via: null,
        path: [],
        vars: {},
        taskQueue: null,
      },
    },
    groups: { all: ['h1', 'h2'] },
  } as never;

  test('a list runs one step per target, disruptive ones one after the other', async () => {
    const run = new MemoryRun(
      {
        steps: [
          { id: 'mark', action: 'host.mark', on: '${{ inventory.groups.all }}' },
          { id: 'm2', action: 'host.mark', on: 'all' },
          { id: 'one', action: 'host.mark', on: 'local' },
        ],
      },
      { inventory },
    );
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.outcomes()).toEqual({
      'mark[h1]': 'changed',
      'mark[h2]': 'changed',
      'm2[h1]': 'unchanged',
      'm2[h2]': 'unchanged',
      one: 'changed',
    });
    expect(run.requests.slice(0, 4).map((r) => `${r.path} ${r.verb}`)).toEqual([
      'mark[h1] check',
      'mark[h1] apply',
      'mark[h2] check',
      'mark[h2] apply',
    ]);
    expect(run.record.targets).toEqual(['h1', 'h2', 'local']);
  });

  test('the runbook target is the default; cluster actions take its cluster', async () => {
    const actions = {
      'c.look': { impact: 'read' as const, on: 'cluster' as const, drift: () => null },
    };
    const run = new MemoryRun(
      {
        target: '${{ inputs.node }}',
        steps: [
          { id: 'a', action: 'host.mark' },
          { id: 'b', action: 'c.look' },
        ],
      },
      { inventory, inputs: { node: 'h2' }, actions },
    );
    await run.execute();
    expect(run.record.steps.map((step) => step.target)).toEqual(['h2', 'c']);
  });

  test('an unknown target fails the step before anything is run', async () => {
    const run = new MemoryRun(
      { onFailure: 'stop', steps: [{ id: 'a', action: 'host.mark', on: 'h9' }] },
      { inventory },
    );
    await run.execute();
    expect(run.record.failure).toMatchObject({
      code: 'target-unknown',
      message: "the inventory has no host or cluster 'h9'",
    });
    expect(run.requests).toEqual([]);
  });
});
