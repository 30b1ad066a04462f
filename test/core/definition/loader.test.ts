import { describe, expect, test } from '@jest/globals';
import {
  listRunbooks,
  loadProject,
  ProblemsError,
  readRunbook,
  type Files,
} from '../../../core/definition/loader.js';
import { formatProblem } from '../../../core/definition/problem.js';
import { resolveInputs } from '../../../core/definition/values.js';
import { runbookSchema } from '../../../core/definition/runbook.js';

const places = { state: '/state/p', cache: '/cache', package: '/pkg', id: '0123abcd' };

/** A file system that is a map. */
function filesOf(content: Readonly<Record<string, string>>): Files {
  return {
    read: (path) => content[path] ?? null,
    list: (path) =>
      Object.keys(content)
        .filter((file) => file.startsWith(`${path}/`) && !file.slice(path.length + 1).includes('/'))
        .map((file) => file.slice(path.length + 1))
        .sort(),
    resolve: (folder, path) => (path.startsWith('/') ? path : `${folder}/${path}`),
  };
}

function problemsOf(work: () => unknown): string[] {
  try {
    work();
    return [];
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return error.problems.map(formatProblem);
  }
}

const project = 'apiVersion: runbook/v1\nname: lab\n';

describe('a project', () => {
  test('without runbook.yaml has the local host and the packaged runbooks', () => {
    const files = filesOf({ '/pkg/runbooks/hello.yaml': 'x' });
    const loaded = loadProject(files, '/here', places);
    expect(Object.keys(loaded.inventory.hosts)).toEqual(['local']);
    expect([...listRunbooks(files, loaded)]).toEqual([['hello', '/pkg/runbooks/hello.yaml']]);
  });

  test('fills in defaults, expressions and the overlay; its own runbooks hide packaged ones', () => {
    const files = filesOf({
      '/p/runbook.yaml': project,
      '/p/inventory.yaml': `defaults: { user: admin, via: "netns/rb-\${{ project.id }}", key: "\${{ paths.state }}/key" }
hosts:
  w0: { address: 10.0.0.1, cluster: c, groups: [nodes], vars: { a: 1 } }
  w1: { address: 10.0.0.2, user: root, groups: [nodes] }
  client: { via: netns/client }
clusters:
  c: { controlPlane: w0 }
groups: { all: [w1, w0] }
`,
      '/state/p/overlay.json': '{"clusters":{"c":{"uid":"u-1"}},"hosts":{"w0":{"vars":{"b":2}}}}',
      '/p/runbooks/hello.yaml': 'own',
      '/pkg/runbooks/hello.yaml': 'packaged',
    });
    const { inventory, ...loaded } = loadProject(files, '/p', places);
    expect(inventory.hosts['w0']).toMatchObject({
      user: 'admin',
      port: 22,
      via: 'netns/rb-0123abcd',
      key: '/state/p/key',
      cluster: 'c',
      groups: ['nodes'],
      vars: { a: 1, b: 2 },
    });
    expect(inventory.hosts['w1']?.user).toBe('root');
    expect(inventory.hosts['client']).toMatchObject({ address: null, via: 'netns/client' });
    expect(inventory.clusters['c']).toMatchObject({ uid: 'u-1', controlPlane: 'w0' });
    expect(inventory.groups).toEqual({ all: ['w0', 'w1'], nodes: ['w0', 'w1'] });
    expect(listRunbooks(files, { ...loaded, inventory }).get('hello')).toBe(
      '/p/runbooks/hello.yaml',
    );
    expect(loaded.taskQueue).toBe('runbook-lab-0123abcd');
  });

  test('names that refer to nothing are problems, all of them', () => {
    const files = filesOf({
      '/p/runbook.yaml': project,
      '/p/inventory.yaml': `hosts:
  w0: { address: 10.0.0.1, cluster: cc, via: jmp }
  jump: { address: -oProxyCommand=x }
clusters:
  c: { context: x }
groups: { all: [w00] }
`,
    });
    expect(problemsOf(() => loadProject(files, '/p', places))).toEqual([
      '/p/inventory.yaml:3:20 hosts.jump.address: an address does not start with - and has no spaces',
    ]);
    const named = filesOf({
      '/p/runbook.yaml': project,
      '/p/inventory.yaml': `hosts:
  w0: { address: 10.0.0.1, cluster: cc, via: jmp }
  jump: { address: 10.0.0.2 }
clusters:
  c: { context: x }
groups: { all: [w00] }
`,
    });
    expect(problemsOf(() => loadProject(named, '/p', places))).toEqual([
      "/p/inventory.yaml:2:37 hosts.w0.cluster: unknown cluster 'cc' (did you mean 'c'?)",
      "/p/inventory.yaml:2:46 hosts.w0.via: unknown host 'jmp' (did you mean 'jump'?)",
      '/p/inventory.yaml:5:6 clusters.c: needs kubeconfig and context, or controlPlane',
      '/p/inventory.yaml:5:6 clusters.c: kubeconfig and context go together',
      "/p/inventory.yaml:6:16 groups.all: unknown target 'w00' (did you mean 'w0'?)",
    ]);
  });

  test('what every object has is no name of a target', () => {
    const named = filesOf({
      '/p/runbook.yaml': project,
      '/p/inventory.yaml': `hosts:
  constructor: { address: 10.0.0.1 }
  w0: { address: 10.0.0.2, cluster: toString, via: valueOf }
groups: { all: [hasOwnProperty] }
`,
    });
    expect(problemsOf(() => loadProject(named, '/p', places))).toEqual([
      "/p/inventory.yaml:3:37 hosts.w0.cluster: unknown cluster 'toString'",
      "/p/inventory.yaml:3:52 hosts.w0.via: unknown host 'valueOf' (valid: local, constructor, w0)",
      "/p/inventory.yaml:4:16 groups.all: unknown target 'hasOwnProperty' (valid: local, constructor, w0)",
    ]);
  });

  test('an expression may use paths and the project only', () => {
    const files = filesOf({
      '/p/runbook.yaml': project,
      '/p/inventory.yaml': 'hosts: { a: { key: "${{ inputs.x }}" } }\n',
    });
    expect(problemsOf(() => loadProject(files, '/p', places)).join()).toContain(
      'an inventory may use paths.state',
    );
  });
});

test('a runbook is called as its file', () => {
  const files = filesOf({
    '/r/hello.yaml': 'apiVersion: runbook/v1\nname: other\nsteps: [{ id: a, delay: 1s }]\n',
  });
  expect(problemsOf(() => readRunbook(files, '/r/hello.yaml')).join()).toContain(
    "the file is called hello.yaml, its runbook 'other'",
  );
  expect(problemsOf(() => readRunbook(files, '/r/none.yaml')).join()).toBe(
    '/r/none.yaml: there is no such file',
  );
});

describe('inputs', () => {
  const runbook = runbookSchema.parse({
    apiVersion: 'runbook/v1',
    name: 'r',
    inputs: {
      node: { type: 'target', kind: 'host', group: 'nodes', description: 'Node.' },
      count: { type: 'integer', minimum: 1, maximum: 5, default: 2, description: 'd' },
      mode: { type: 'string', enum: ['fast', 'slow'], optional: true, description: 'd' },
      name: { type: 'string', pattern: 'k8s-*', optional: true, description: 'd' },
      window: { type: 'duration', optional: true, description: 'd' },
      force: { type: 'boolean', default: false, description: 'd' },
      work: { type: 'runbook', optional: true, description: 'd' },
      hosts: { type: 'list', items: 'host', optional: true, description: 'd' },
      manifest: { type: 'file', optional: true, description: 'd' },
    },
    steps: [{ id: 'a', delay: '1s' }],
  });
  const { inventory } = loadProject(
    filesOf({
      '/p/runbook.yaml': project,
      '/p/inventory.yaml': 'hosts: { w0: { address: a, groups: [nodes] }, r: { address: b } }\n',
    }),
    '/p',
    places,
  );
  const resolve = (given: Record<string, unknown>): unknown => {
    const result = resolveInputs(runbook, given, {
      inventory,
      runbookNames: ['restart'],
      dataFile: (name) => (name === 'app.yaml' ? null : `there is no file '${name}' in /p`),
    });
    return 'problems' in result ? result.problems : result.inputs;
  };

  test('defaults are filled in, optional ones stay away', () => {
    expect(resolve({ node: 'w0', window: null })).toEqual({ node: 'w0', count: 2, force: false });
  });

  test('every misfit is told, with the nearest name', () => {
    expect(
      resolve({
        node: 'r',
        count: 2.5,
        mode: 'fats',
        name: 'x',
        window: '3 parsecs',
        force: 'yes',
        work: 'restrat',
        hosts: ['w1'],
        manifest: 'web.yaml',
        nod: 1,
      }),
    ).toEqual([
      "nod: runbook 'r' has no such input (did you mean 'node'?)",
      "node: 'r' is not in group nodes (w0)",
      'count: 2.5 is not a whole number',
      "mode: unknown value 'fats' (did you mean 'fast'?)",
      "name: 'x' does not match k8s-*",
      'window: "3 parsecs" is not a duration such as 90s or 10m',
      'force: is not true or false',
      "work: unknown runbook 'restrat' (did you mean 'restart'?)",
      "hosts: unknown host 'w1' (did you mean 'w0'?)",
      "manifest: there is no file 'web.yaml' in /p",
    ]);
    expect(resolve({})).toEqual(['node: is missing: Node.']);
    expect(resolve({ node: 'w0', manifest: 'app.yaml' })).toHaveProperty('manifest', 'app.yaml');
    expect(resolve({ node: 'w0', manifest: 3 })).toEqual(['manifest: is not the path of a file']);
    expect(resolve({ node: 'w0', count: 9 })).toEqual(['count: 9 is more than 5']);
  });
});
