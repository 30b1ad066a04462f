import { describe, expect, test } from '@jest/globals';
import type { DisruptionBudget, Pod } from '../../../../plugins/kube/api/objects.js';
import {
  guarding,
  isGuardable,
  refusalOfBudget,
  tooManyBudgets,
} from '../../../../plugins/kube/pods/budget.js';
import { recordedItems } from '../fixture.js';

const [blocking] = recordedItems<DisruptionBudget>('kubectl/pdb-blocking.json');
const [allowing] = recordedItems<DisruptionBudget>('kubectl/pdb-allowing.json');
const pods = recordedItems<Pod>('kubectl/pods.json');
const [web] = pods;
if (blocking === undefined || allowing === undefined || web === undefined) throw new Error('empty');

describe('disruption budgets', () => {
  test('guard the pods of their namespace that they select', () => {
    const guarded = pods.filter((pod) => guarding([blocking], pod).length > 0);
    expect(guarded.map(({ metadata }) => metadata.name)).toEqual([
      'webpod-ff5b4c558-5tfrp',
      'webpod-ff5b4c558-jq92p',
      'webpod-ff5b4c558-k87l6',
    ]);
    const elsewhere = { ...blocking, metadata: { ...blocking.metadata, namespace: 'other' } };
    expect(guarding([elsewhere], web)).toEqual([]);
  });

  test('say why they allow nothing', () => {
    expect(refusalOfBudget(blocking, web)).toBe(
      'disruption budget default/webpod needs 3 healthy pods and has 3',
    );
    expect(refusalOfBudget(allowing, web)).toBeNull();
  });

  test('that were just changed allow nothing yet', () => {
    const changed = { ...allowing, metadata: { ...allowing.metadata, generation: 9 } };
    expect(refusalOfBudget(changed, web)).toMatch(/has not been worked out yet/);
    const { status: _, ...fresh } = allowing;
    expect(refusalOfBudget(fresh)).toMatch(/has not been worked out yet/);
  });

  test('let an unready pod go where enough others are healthy', () => {
    const unready = {
      ...web,
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] },
    };
    expect(refusalOfBudget(blocking, unready)).toBeNull();
    const short = { ...blocking, status: { ...blocking.status, currentHealthy: 2 } };
    expect(refusalOfBudget(short, unready)).toMatch(/needs 3 healthy pods and has 2/);
  });

  test('are not asked about pods that have not started or are ending', () => {
    expect(isGuardable(web)).toBe(true);
    expect(isGuardable({ ...web, status: { phase: 'Pending' } })).toBe(false);
    expect(isGuardable({ ...web, metadata: { ...web.metadata, deletionTimestamp: 'x' } })).toBe(
      false,
    );
  });

  test('exclude each other', () => {
    expect(tooManyBudgets(web, [blocking, allowing])).toBe(
      'default/webpod-ff5b4c558-5tfrp is guarded by 2 disruption budgets (webpod, webpod), with which the eviction API refuses every eviction',
    );
  });
});
