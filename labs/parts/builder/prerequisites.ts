import { constants } from 'node:fs';
import { access, readFile, statfs } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { formatBytes } from './progress.js';
import type { Facts, Part, Requirement } from './part.js';
import { PartError } from './part-error.js';

/** Something the host lacks, and how to get it. */
export interface Lack {
  readonly what: string;
  readonly remedy: string;
  /** The Debian package that has it. */
  readonly aptPackage?: string;
}

/** The newest `go` line among the modules of the parts, with which older Go refuses to build. */
export const oldestGo = '1.25';

/** Bytes of memory that the largest process of a compile takes: measured, of Cilium's agent. */
const compileMemory = 3.5e9;

/** Bytes that the downloaded modules of all Go parts take in Go's module cache. Measured. */
const moduleBytes = 6e9;

/** Debian packages that the builder itself runs. */
export const builderPackages = ['debootstrap'] as const;

/**
 * Throws unless the host has what the given parts want; names everything that is missing, in one message. What a Debian
 * package has is installed instead, when asked for.
 */
export async function demandPrerequisites(
  parts: readonly Part[],
  facts: Facts,
  folder: string,
  install: ((packages: readonly string[]) => Promise<unknown>) | undefined,
): Promise<void> {
  const lacks = await findLacks(parts, facts, folder);
  const packages = lacks.flatMap((lack) => lack.aptPackage ?? []);
  const fatal =
    install === undefined ? lacks : lacks.filter((lack) => lack.aptPackage === undefined);
  if (fatal.length > 0) {
    const names = parts.map((part) => part.name).join(', ');
    const list = fatal.map((lack) => `  - ${lack.what}: ${lack.remedy}`).join('\n');
    throw new PartError(`this machine cannot build ${names}:\n${list}`);
  }
  if (packages.length > 0) await install?.(packages);
}

/** What the host lacks to build the given parts into a folder. */
export async function findLacks(
  parts: readonly Part[],
  facts: Facts,
  folder: string,
): Promise<readonly Lack[]> {
  const wants = new Set<Requirement>(parts.flatMap((part) => part.requires));
  const lacks: Lack[] = [];
  const lack = (what: string, remedy: string, more: Partial<Lack> = {}): void =>
    void lacks.push({ what, remedy, ...more });
  if (wants.has('root')) {
    if (process.platform !== 'linux')
      lack('Linux', `this is ${process.platform}: use a Linux machine`);
    else if (process.geteuid?.() !== 0)
      lack('root', 'run this command as root, for example with sudo');
    if (facts.debian === undefined || (await onPath('apt-get')) === undefined) {
      lack('apt', 'use Debian or Ubuntu: the root file system is made of their packages');
    }
  }
  if (wants.has('debootstrap') && (await onPath('debootstrap')) === undefined) {
    lack('debootstrap', 'apt-get install debootstrap, or pass --install-packages', {
      aptPackage: 'debootstrap',
    });
  }
  if (wants.has('go')) {
    const lacking = await goLack(facts);
    if (lacking !== undefined) lack('Go', lacking);
    const free = await availableMemory();
    if (free !== undefined && free < compileMemory) {
      lack(
        'memory',
        `a compile takes ${formatBytes(compileMemory)} and ${formatBytes(free)} are available`,
      );
    }
  }
  const need = spaceFor(parts);
  const free = await freeSpace(folder);
  if (free < need) {
    lack(
      'disk',
      `${folder} needs about ${formatBytes(need)} and has ${formatBytes(free)}: free some, or set RUNBOOK_CACHE_DIR`,
    );
  }
  return lacks;
}

/** Bytes of disk that building the given parts takes: what stays, the largest peak, and the Go modules. */
export function spaceFor(parts: readonly Part[]): number {
  const stays = parts.reduce((sum, part) => sum + part.measured.bytes, 0);
  const peak = Math.max(0, ...parts.map((part) => part.measured.peakBytes));
  const modules = parts.filter((part) => part.requires.includes('go')).length > 1 ? moduleBytes : 0;
  return stays + peak + modules;
}

async function goLack(facts: Facts): Promise<string | undefined> {
  const install = `install Go ${oldestGo} or newer and put it on PATH`;
  if (facts.go === undefined || (await onPath('go')) === undefined) return install;
  return olderThan(facts.go.version, oldestGo)
    ? `${facts.go.version} is too old: ${install}`
    : undefined;
}

/** Whether a Go version such as `go1.24.3` is older than `1.25`. Development versions count as new enough. */
export function olderThan(version: string, oldest: string): boolean {
  const found = /^go(\d+)\.(\d+)/.exec(version);
  const [major = 0, minor = 0] = oldest.split('.').map(Number);
  return found !== null && (Number(found[1]) - major || Number(found[2]) - minor) < 0;
}

/** The first executable file of that name on PATH. */
export async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const file = join(folder, name);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}

async function availableMemory(): Promise<number | undefined> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kib = /^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

/** Free bytes for root where the folder is, or will be. */
async function freeSpace(folder: string): Promise<number> {
  const stat = await statfs(folder).catch(() => undefined); // not there yet, or not ours to enter
  return stat === undefined ? freeSpace(dirname(folder)) : stat.bavail * stat.bsize;
}
