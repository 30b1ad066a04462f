import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Transform } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { tarBlock, tarHeader, tarPadding } from './tar-header.js';

/** One image of an archive. Images of one archive share its layers. */
export interface Image {
  /** Names of the image, each with its tag. */
  readonly refs: readonly string[];
  /** Absent where whoever runs the image gives the command. */
  readonly entrypoint?: readonly string[];
}

/** Writes one layer, an uncompressed tar stream, and ends the sink. */
export type LayerSource = (sink: Writable) => Promise<unknown>;

/** sha256 of the configuration of each image, `sha256:…`, by name. The container runtime calls it the image id. */
export type ImageIds = Readonly<Record<string, string>>;

const epoch = '1970-01-01T00:00:00Z';
const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Writes an archive in the format of `docker save` (image specification v1.2: layers, a configuration per image,
 * manifest.json), which `ctr images import` and `docker load` read. Layers are compressed fast rather than small.
 * The same layers give the same bytes. `arch` is Go's name of the architecture.
 */
export async function writeDockerArchive(
  file: string,
  arch: string,
  layers: readonly LayerSource[],
  images: readonly Image[],
): Promise<ImageIds> {
  const archive = await open(file, 'w');
  try {
    const writer = new ArchiveWriter(archive);
    const names: string[] = [];
    const sums: string[] = [];
    for (const [index, layer] of layers.entries()) {
      const name = `layer-${index}.tar`;
      sums.push(`sha256:${await writer.layer(name, layer)}`);
      names.push(name);
    }
    const ids: Record<string, string> = {};
    const manifest: { Config: string; RepoTags: readonly string[]; Layers: readonly string[] }[] =
      [];
    for (const image of images) {
      const config = JSON.stringify(configOf(image, arch, sums));
      const sum = createHash('sha256').update(config).digest('hex');
      if (!manifest.some((entry) => entry.Config === `${sum}.json`))
        await writer.file(`${sum}.json`, config);
      manifest.push({ Config: `${sum}.json`, RepoTags: image.refs, Layers: names });
      for (const ref of image.refs) ids[ref] = `sha256:${sum}`;
    }
    await writer.file('manifest.json', JSON.stringify(manifest));
    await writer.end();
    return ids;
  } finally {
    await archive.close();
  }
}

function configOf(image: Image, arch: string, sums: readonly string[]): object {
  return {
    architecture: arch,
    os: 'linux',
    created: epoch,
    config: {
      Env: [path],
      ...(image.entrypoint === undefined ? {} : { Entrypoint: image.entrypoint }),
    },
    rootfs: { type: 'layers', diff_ids: sums },
    history: sums.map(() => ({ created: epoch, created_by: 'runbook labs/parts' })),
  };
}

class ArchiveWriter {
  readonly #archive: FileHandle;
  #position = 0;

  constructor(archive: FileHandle) {
    this.#archive = archive;
  }

  async file(name: string, text: string): Promise<void> {
    const content = Buffer.from(text);
    await this.#append(
      Buffer.concat([tarHeader(name, content.length), content, tarPadding(content.length)]),
    );
  }

  /** Writes a layer in one pass: its header comes last, when its size is known. Returns the sum of the uncompressed tar. */
  async layer(name: string, source: LayerSource): Promise<string> {
    const start = this.#position;
    this.#position += tarBlock;
    const hash = createHash('sha256');
    const tap = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    const append = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
      for await (const chunk of chunks) await this.#append(chunk);
    };
    await Promise.all([
      source(tap),
      pipeline(tap, createGzip({ level: constants.Z_BEST_SPEED }), append),
    ]);
    const size = this.#position - start - tarBlock;
    await this.#archive.write(tarHeader(name, size), 0, tarBlock, start);
    await this.#append(tarPadding(size));
    return hash.digest('hex');
  }

  /** Two empty blocks end an archive. */
  async end(): Promise<void> {
    await this.#append(Buffer.alloc(2 * tarBlock));
  }

  async #append(bytes: Buffer): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.#archive.write(
        bytes,
        written,
        bytes.length - written,
        this.#position,
      );
      written += bytesWritten;
      this.#position += bytesWritten;
    }
  }
}
