import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { timed } from './processes.js';
import type { Sshd } from './sshd.js';

/** Runs playbooks against the hosts of one server, all at once: with pipelining and a warm connection, as a careful user sets it up. */
export class Ansible {
  readonly #folder: string;
  readonly #inventory: string;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(folder: string, { addresses, port, user, key, shared }: Sshd) {
    this.#folder = folder;
    this.#inventory = join(folder, 'hosts');
    writeFileSync(
      this.#inventory,
      addresses
        .map(
          (address, at) =>
            `h${at + 1} ansible_host=${address} ansible_port=${port} ansible_user=${user} ansible_ssh_private_key_file=${key} ansible_python_interpreter=/usr/bin/python3\n`,
        )
        .join(''),
    );
    this.#env = {
      ...process.env,
      HOME: join(folder, 'home'),
      ANSIBLE_PIPELINING: '1',
      ANSIBLE_FORKS: String(addresses.length),
      ANSIBLE_SSH_ARGS: shared.join(' '),
      ANSIBLE_LOCAL_TEMP: join(folder, 'ansible'),
      ANSIBLE_REMOTE_TMP: join(folder, 'ansible-remote'),
      LC_ALL: 'C.UTF-8',
    };
  }

  /** Writes a playbook of these tasks, without facts; answers what runs it. */
  playbook(name: string, tasks: readonly unknown[]): () => Promise<number> {
    const file = join(this.#folder, `${name}.json`);
    writeFileSync(file, JSON.stringify([{ hosts: 'all', gather_facts: false, tasks }]));
    return () => timed('ansible-playbook', ['-i', this.#inventory, file], { env: this.#env });
  }
}
