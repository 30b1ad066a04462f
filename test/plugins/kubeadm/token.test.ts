import { expect, test } from '@jest/globals';
import { idsWith, jsonValues } from '../../../plugins/kubeadm/token.js';
import { recorded } from '../kube/fixture.js';

const listing = recorded('kubeadm/token-list.json');

test('tokens are told one object after another, not as a list', () => {
  expect(jsonValues(listing)).toHaveLength(4);
  expect(() => JSON.parse(listing)).toThrow(SyntaxError);
});

test('those of a run are found by their description', () => {
  expect(idsWith('runbook/r-1', listing)).toEqual(['7rzoqi']);
  expect(idsWith('runbook/r', listing)).toEqual([]);
  expect(idsWith('x', '')).toEqual([]);
});

test('braces and quotes in texts do not confuse', () => {
  const values = [{ a: 'x"}{"y\\' }, { b: { c: '}' } }];
  expect(jsonValues(values.map((value) => JSON.stringify(value)).join('\n'))).toEqual(values);
});
