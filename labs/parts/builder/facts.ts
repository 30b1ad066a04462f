import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Cache } from './cache.js';
import type { DebianFacts, Facts, GoFacts } from './part.js';

/** File in `current/` that names the facts and keys of the builds in use. */
export const manifestName = 'parts.json';

export interface Manifest {
  readonly facts: Facts;
  readonly keys: Readonly<Record<string, string>>;
}

/** What `current/` was made from; undefined when there is none. */
export async function readManifest(cache: Cache): Promise<Manifest | undefined> {
  const text = await readFile(join(cache.current, manifestName), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Manifest);
}

/**
 * Facts of this host. Where Go is not installed, the Go that made the builds in use stands in, so that a cache filled
 * elsewhere is complete here.
 */
export async function findFacts(cache: Cache): Promise<Facts> {
  const [go, debian] = await Promise.all([installedGo(), installedDebian()]);
  const known = go ?? (await readManifest(cache))?.facts.go;
  return {
    ...(known === undefined ? {} : { go: known }),
    ...(debian === undefined ? {} : { debian }),
  };
}

/** The Go on PATH; undefined when there is none. Never downloads another one. */
export async function installedGo(): Promise<GoFacts | undefined> {
  const result = await execa('go', ['env', '-json', 'GOVERSION', 'GOOS', 'GOARCH'], {
    reject: false,
    env: { GOTOOLCHAIN: 'local', GOWORK: 'off' },
    cwd: '/', // outside of any module, whose go.mod Go would read
  });
  if (result.exitCode !== 0) return undefined;
  const said = JSON.parse(result.stdout) as Record<'GOVERSION' | 'GOOS' | 'GOARCH', string>;
  return { version: said.GOVERSION, os: said.GOOS, arch: said.GOARCH };
}

async function installedDebian(): Promise<DebianFacts | undefined> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return parseOsRelease(text);
}

/** Distribution and suite out of an os-release file (man os-release); undefined without a code name. */
export function parseOsRelease(text: string): DebianFacts | undefined {
  const value = (name: string): string | undefined =>
    new RegExp(`^${name}=["']?([^"'\\n]+)`, 'm').exec(text)?.[1];
  const distribution = value('ID');
  const suite = value('VERSION_CODENAME');
  return distribution === undefined || suite === undefined
    ? undefined
    : { distribution, suite, arch: process.arch };
}
