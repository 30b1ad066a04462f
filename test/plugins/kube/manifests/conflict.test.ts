import { expect, test } from '@jest/globals';
import { refusalOf } from '../../../../plugins/kube/api/failure.js';
import { conflictsOf } from '../../../../plugins/kube/manifests/conflict.js';
import { recorded } from '../fixture.js';

test('one field of one manager, on the same line', () => {
  const { message } = refusalOf(recorded('kubectl/apply-conflict.err'));
  expect(conflictsOf(message)).toEqual([{ manager: 'kubectl-create', fields: ['.data.a'] }]);
});

test('several fields, one per line', () => {
  const { message } = refusalOf(recorded('kubectl/apply-conflicts.err'));
  expect(conflictsOf(message)).toEqual([
    {
      manager: 'kubectl-client-side-apply',
      fields: ['.spec.replicas', '.spec.template.spec.containers[name="webpod"].image'],
    },
  ]);
});

test('any other refusal has none', () => {
  expect(conflictsOf('namespaces "nope" not found')).toEqual([]);
});
