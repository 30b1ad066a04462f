import { execFile } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../../client/e2e/bench.js';
import type { Rig } from '../rig.js';
import type { Sshd } from './sshd.js';

const exec = promisify(execFile);

/** What a {@link Disk} asks of the machine. */
export const diskNeeds = { linux: true, root: true, commands: ['mount', 'umount', 'nsenter'] };

/** A small file system that can be full, or read-only. */
export class Disk {
  readonly #path: string;
  readonly #seen: () => string;
  readonly #enter: () => readonly string[];
  #filling: NodeJS.Timeout | undefined;

  private constructor(path: string, seen: () => string, enter: () => readonly string[]) {
    this.#path = path;
    this.#seen = seen;
    this.#enter = enter;
  }

  /** A new one at a folder of this machine; it goes when the rig is closed. */
  static async mount(rig: Rig, path: string, kib: number): Promise<Disk> {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    await exec('mount', ['-t', 'tmpfs', '-o', `size=${kib}k,mode=0700`, 'tmpfs', path]);
    rig.surround(async (keep) => {
      if (keep) cpSync(path, `${path}.kept`, { recursive: true });
      await exec('umount', ['--lazy', path]);
    });
    return new Disk(
      path,
      () => path,
      () => [],
    );
  }

  /** One that a host has for itself. */
  static of(sshd: Sshd, path: string): Disk {
    return new Disk(
      path,
      () => sshd.path(path),
      () => ['nsenter', `--mount=${sshd.mounts}`, '--'],
    );
  }

  /** Leaves no byte free; what is freed meanwhile is taken too. */
  fill(): void {
    this.#fill();
    this.#filling ??= setInterval(() => this.#fill(), 50).unref();
  }

  #fill(): void {
    const file = openSync(join(this.#seen(), 'filled'), 'a');
    try {
      for (let size = 1024 * 1024; size >= 1; size = Math.floor(size / 4)) fillBy(file, size);
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    clearInterval(this.#filling);
    this.#filling = undefined;
    rmSync(join(this.#seen(), 'filled'), { force: true });
  }

  async readOnly(): Promise<void> {
    // As long as a file is open for writing it is refused: logs are closed when nothing is written for a while.
    await until('nothing is written there', () =>
      this.#remount('ro').then(
        () => true,
        () => false,
      ),
    );
  }

  async writable(): Promise<void> {
    await this.#remount('rw');
  }

  async #remount(how: 'ro' | 'rw'): Promise<void> {
    const [command, ...args] = [...this.#enter(), 'mount', '-o', `remount,${how}`, this.#path];
    await exec(command, args);
  }
}

/** Appends pieces of that size until there is no room for one. */
function fillBy(file: number, size: number): void {
  const piece = Buffer.alloc(size);
  try {
    for (;;) if (writeSync(file, piece) < size) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
