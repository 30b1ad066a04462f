import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { writeDockerArchive } from '../../../labs/parts/image/docker-archive.js';
import type { LayerSource } from '../../../labs/parts/image/docker-archive.js';
import { ownFolder } from './folder.js';

const run = promisify(execFile);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function layer(content: string): Promise<{ bytes: Buffer; source: LayerSource }> {
  const folder = await ownFolder('layer');
  await writeFile(join(folder, 'file'), content);
  await run('tar', ['--mtime=@0', '-C', folder, '-cf', join(folder, 'layer.tar'), 'file']);
  const bytes = await readFile(join(folder, 'layer.tar'));
  const source: LayerSource = async (sink) => {
    for (let at = 0; at < bytes.length; at += 1000) sink.write(bytes.subarray(at, at + 1000));
    sink.end();
  };
  return { bytes, source };
}

async function archive(): Promise<{
  file: string;
  layers: Buffer[];
  ids: Readonly<Record<string, string>>;
}> {
  const layers = await Promise.all([layer('first'), layer('x'.repeat(100_000))]);
  const file = join(await ownFolder('archive'), 'images.tar');
  const ids = await writeDockerArchive(
    file,
    'amd64',
    layers.map((each) => each.source),
    [
      { refs: ['registry.example/a:v1', 'registry.example/b:v1'] },
      { refs: ['registry.example/pause:1'], entrypoint: ['/pause'] },
    ],
  );
  return { file, layers: layers.map((each) => each.bytes), ids };
}

test('tar reads the archive, and it holds each layer once', async () => {
  const { file, layers } = await archive();
  const folder = await ownFolder('extracted');
  await run('tar', ['-C', folder, '-xf', file]);
  const { stdout } = await run('tar', ['-tf', file]);
  expect(stdout.split('\n').filter((name) => name.startsWith('layer'))).toEqual([
    'layer-0.tar',
    'layer-1.tar',
  ]);
  for (const [index, bytes] of layers.entries()) {
    const packed = await readFile(join(folder, `layer-${index}.tar`));
    expect(gunzipSync(packed).equals(bytes)).toBe(true);
  }
});

test('the manifest names configurations by their sum, and they name the layers by theirs', async () => {
  const { file, layers, ids } = await archive();
  const folder = await ownFolder('extracted');
  await run('tar', ['-C', folder, '-xf', file]);
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as {
    Config: string;
    RepoTags: string[];
    Layers: string[];
  }[];
  expect(manifest.map((entry) => entry.RepoTags)).toEqual([
    ['registry.example/a:v1', 'registry.example/b:v1'],
    ['registry.example/pause:1'],
  ]);
  for (const entry of manifest) {
    const bytes = await readFile(join(folder, entry.Config));
    expect(entry.Config).toBe(`${sha256(bytes)}.json`);
    for (const ref of entry.RepoTags) expect(ids[ref]).toBe(`sha256:${sha256(bytes)}`);
    expect(entry.Layers).toEqual(['layer-0.tar', 'layer-1.tar']);
    expect(JSON.parse(bytes.toString())).toMatchObject({
      architecture: 'amd64',
      os: 'linux',
      rootfs: {
        type: 'layers',
        diff_ids: layers.map((layerBytes) => `sha256:${sha256(layerBytes)}`),
      },
    });
  }
  const pause = JSON.parse(
    await readFile(join(folder, manifest[1]?.Config ?? ''), 'utf8'),
  ) as object;
  expect(pause).toMatchObject({ config: { Entrypoint: ['/pause'] } });
});

test('the same layers give the same bytes', async () => {
  const [first, second] = await Promise.all([archive(), archive()]);
  expect(sha256(await readFile(first.file))).toBe(sha256(await readFile(second.file)));
});

test('a layer that cannot be read fails the archive', async () => {
  const file = join(await ownFolder('archive'), 'images.tar');
  const broken: LayerSource = async (sink) => {
    sink.end();
    throw new Error('tar ended with 2');
  };
  await expect(writeDockerArchive(file, 'amd64', [broken], [])).rejects.toThrow('tar ended with 2');
});
