import { mkdir, readFile, readdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { build } from '../../../labs/parts/builder/build.js';
import { inOrder, readersOf } from '../../../labs/parts/builder/order.js';
import type { Part } from '../../../labs/parts/builder/part.js';
import { PartError } from '../../../labs/parts/builder/part-error.js';
import type { Progress } from '../../../labs/parts/builder/progress.js';
import { ownFolder } from './folder.js';

let cacheRoot: string;
let built: string[];

beforeEach(async () => {
  cacheRoot = await ownFolder('cache');
  built = [];
});

/** A part whose build is a file with its name and the content of what it needs. */
function part(name: string, needs: readonly string[] = [], more: Partial<Part> = {}): Part {
  return {
    name: `test-${name}`,
    summary: name,
    needs: needs.map((need) => `test-${need}`),
    requires: [],
    facts: [],
    recipe: { revision: 1 },
    publishes: { [`bin/${name}`]: 'file', [`folders/${name}`]: 'folder' },
    measured: { seconds: 1, bytes: 1, peakBytes: 1 },
    async build(work) {
      built.push(name);
      const read = needs.map((need) => readFile(join(work.built(`test-${need}`), 'file'), 'utf8'));
      await mkdir(join(work.out, 'folder'));
      await writeFile(join(work.out, 'file'), [name, ...(await Promise.all(read))].join(' '));
    },
    ...more,
  };
}

test('parts are built in order of need, published, and left alone the next time', async () => {
  const all = [part('image', ['program', 'root']), part('program'), part('root')];
  await build([], { all, cacheRoot });
  expect(built).toEqual(['program', 'root', 'image']);
  const current = join(cacheRoot, 'parts', 'current');
  expect(await readFile(join(current, 'bin', 'image'), 'utf8')).toBe('image program root');
  expect(await realpath(join(current, 'folders', 'root'))).toContain(join('parts', 'test-root'));
  const view = await realpath(current);
  const states = await build([], { all, cacheRoot });
  expect(built).toHaveLength(3);
  expect(states.every((state) => state.complete)).toBe(true);
  expect(await realpath(current)).toBe(view);
});

test('one part is built with what it needs, and no other', async () => {
  await build(['test-image'], {
    all: [part('other'), part('root'), part('image', ['root'])],
    cacheRoot,
  });
  expect(built).toEqual(['root', 'image']);
});

test('a change of a recipe builds the part and its readers anew, under another key', async () => {
  const others = [part('image', ['root']), part('other')];
  await build([], { all: [part('root'), ...others], cacheRoot });
  built = [];
  await build([], { all: [part('root', [], { recipe: { revision: 2 } }), ...others], cacheRoot });
  expect(built).toEqual(['root', 'image']);
  const keys = (await readdir(join(cacheRoot, 'parts', 'test-root'))).filter(
    (name) => name.length === 16,
  );
  expect(keys).toHaveLength(2);
});

test('--rebuild builds a part anew and the readers that were complete', async () => {
  const all = [part('root'), part('image', ['root']), part('late', ['root']), part('other')];
  await build(['test-image', 'test-other'], { all, cacheRoot });
  built = [];
  await build([], { all, cacheRoot, rebuild: ['test-root'] });
  expect(built).toEqual(['root', 'image']);
  built = [];
  await build(['test-image'], { all, cacheRoot });
  expect(built).toEqual([]);
});

test('a part that fails leaves nothing, keeps what was finished, and shows the end of its output', async () => {
  const failing = part('bad', ['good'], {
    build: async (work) => {
      await writeFile(join(work.out, 'half'), '');
      await work.run('sh', ['-c', 'echo the disk is full; exit 3']);
    },
  });
  const all = [part('good'), failing];
  const failure: unknown = await build([], { all, cacheRoot }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(PartError);
  expect((failure as PartError).message).toMatch(
    /part test-bad: sh .* ended with 3[\s\S]*the disk is full/,
  );
  expect(await readdir(join(cacheRoot, 'parts', 'test-bad'))).toEqual(['lock']);
  built = [];
  await build([], { all: [part('good'), part('bad', ['good'])], cacheRoot });
  expect(built).toEqual(['bad']);
});

test('what a dead builder left is removed, and is never taken for a build', async () => {
  const left = join(cacheRoot, 'parts', 'test-root', '.building-999999', 'out');
  await mkdir(left, { recursive: true });
  await build([], { all: [part('root')], cacheRoot });
  expect(built).toEqual(['root']);
  const names = await readdir(join(cacheRoot, 'parts', 'test-root'));
  expect(names.filter((name) => name.startsWith('.building'))).toEqual([]);
});

test('an abort stops the running command and its children, and leaves nothing', async () => {
  const controller = new AbortController();
  const states: Progress['state'][] = [];
  const slow = part('slow', [], {
    build: async (work) => {
      setTimeout(() => controller.abort(new Error('interrupted')), 200);
      await work.run('sh', ['-c', 'sleep 60 & sleep 60']);
    },
  });
  const begun = Date.now();
  const run = build([], {
    all: [slow],
    cacheRoot,
    signal: controller.signal,
    onProgress: ({ state }) => states.push(state),
  });
  await expect(run).rejects.toThrow('interrupted');
  expect(Date.now() - begun).toBeLessThan(5000);
  expect(states.at(-1)).toBe('stopped');
  expect(await readdir(join(cacheRoot, 'parts', 'test-slow'))).toEqual(['lock']);
});

test('two builders build a part once: the second waits', async () => {
  const all = [
    part('root', [], {
      build: async (work) => {
        built.push('root');
        await work.run('sleep', ['0.3']);
        await writeFile(join(work.out, 'file'), '');
        await mkdir(join(work.out, 'folder'));
      },
    }),
  ];
  const states = new Set<Progress['state']>();
  await Promise.all([
    build([], { all, cacheRoot, onProgress: ({ state }) => states.add(state) }),
    build([], { all, cacheRoot, onProgress: ({ state }) => states.add(state) }),
  ]);
  expect(states.has('waiting')).toBe(true);
  expect(built).toEqual(['root']);
});

test('an unknown part is refused with the names that there are', () => {
  expect(() => inOrder([part('root')], ['rootfs'])).toThrow('no such part: rootfs');
});

test('readers are found through other parts', () => {
  const all = [part('root'), part('image', ['root']), part('golden', ['image']), part('other')];
  expect(readersOf(all, ['test-root']).map((each) => each.name)).toEqual([
    'test-image',
    'test-golden',
  ]);
});
