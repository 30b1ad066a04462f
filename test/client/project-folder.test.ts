import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findProject, type Whereabouts } from '../../client/project-folder.js';

let root = '';
let where: Whereabouts;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'rb-folder-'));
  for (const folder of ['mine/deep/deeper', 'package/labs/cilium-bgp', 'empty'])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'mine/runbook.yaml'), '');
  writeFileSync(join(root, 'package/labs/cilium-bgp/runbook.yaml'), '');
  where = {
    cwd: join(root, 'mine/deep/deeper'),
    package: join(root, 'package'),
    state: join(root, 'state'),
    environment: {},
  };
});
afterAll(() => rmSync(root, { recursive: true }));

test('the nearest project upwards', () => {
  expect(findProject(undefined, where)).toEqual({ path: join(root, 'mine'), found: true });
});

test('none: what runs then lives in the state folder, wherever it is called from', () => {
  const nowhere = { ...where, cwd: join(root, 'empty') };
  expect(findProject(undefined, nowhere)).toEqual({
    path: join(root, 'state/no-project'),
    found: false,
  });
});

test('a flag beats the variable, the variable beats the folder', () => {
  const environment = { RUNBOOK_PROJECT: 'cilium-bgp' };
  const lab = { path: join(root, 'package/labs/cilium-bgp'), found: true };
  expect(findProject(undefined, { ...where, environment })).toEqual(lab);
  expect(findProject('../..', { ...where, environment }).path).toBe(join(root, 'mine'));
});

test('a name that is neither folder nor lab is an error', () => {
  expect(() => findProject('nope', where)).toThrow('no runbook.yaml');
  expect(() => findProject('../../../package/labs/../../empty', where)).toThrow('no runbook.yaml');
});
