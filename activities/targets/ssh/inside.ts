import { spawn, type ChildProcess } from 'node:child_process';
import type * as Net from 'node:net';
import { RunbookError } from '../../../core/errors.js';
import { namespaceFile, namespaceIdentity } from '../namespace.js';

/** Asks for a connection. */
interface Ask {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

/** Comes with the socket, unless there is an error. */
interface Answer {
  readonly id: number;
  readonly code?: string;
  readonly message?: string;
}

/**
 * The program of the process inside a namespace: opens TCP connections there, and hands the open
 * sockets over. A socket keeps the namespace in which it was made, so that the bytes then take no
 * detour. Self-contained: its text is what runs there. Ends with the worker.
 */
function connector(net: typeof Net, self: NodeJS.Process): void {
  self.on('disconnect', () => self.exit(0));
  self.on('message', ({ id, host, port }: Ask) => {
    const socket = net.connect({ host, port, noDelay: true });
    // Not a byte may be read here: what is read cannot be handed over.
    socket.pause();
    socket.once('error', (error: NodeJS.ErrnoException) => {
      self.send?.({ id, code: error.code, message: error.message });
    });
    socket.once('connect', () => self.send?.({ id }, socket));
  });
}

const program = `(${connector.toString()})(require('node:net'), process)`;

interface Waiting {
  resolve(socket: Net.Socket): void;
  reject(error: Error): void;
}

class Inside {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #idle: number;
  #timer: NodeJS.Timeout | undefined;
  #last = 0;
  #complaint = '';
  ended = false;

  constructor(name: string, idleMs: number) {
    this.#idle = idleMs;
    this.#child = spawn(
      'nsenter',
      [`--net=${namespaceFile(name)}`, '--', process.execPath, '-e', program],
      { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: {} },
    );
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString()).slice(-500);
    });
    this.#child.on('message', (answer: Answer, socket) =>
      this.#answer(answer, socket as Net.Socket),
    );
    this.#child.on('error', (error) => this.#end(error.message));
    this.#child.on('close', () => this.#end(this.#complaint.trim() || 'its helper ended'));
    // It must not keep the worker alive.
    this.#child.unref();
    this.#child.channel?.unref();
  }

  #answer(answer: Answer, socket: Net.Socket | undefined): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    this.#rest();
    if (waiting === undefined) {
      socket?.destroy();
    } else if (socket === undefined) {
      const error = new Error(answer.message ?? 'the connection ended at once');
      waiting.reject(Object.assign(error, { code: answer.code }));
    } else {
      waiting.resolve(socket);
    }
  }

  #end(why: string): void {
    this.ended = true;
    for (const waiting of this.#waiting.values()) waiting.reject(new Error(why));
    this.#waiting.clear();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.close(), this.#idle).unref();
    if (this.#waiting.size === 0) this.#child.channel?.unref();
  }

  connect(host: string, port: number): Promise<Net.Socket> {
    return new Promise((resolve, reject) => {
      const id = ++this.#last;
      this.#waiting.set(id, { resolve, reject });
      this.#child.channel?.ref();
      clearTimeout(this.#timer);
      this.#child.send({ id, host, port } satisfies Ask, (error) => {
        if (error !== null) this.#answer({ id, message: error.message }, undefined);
      });
    });
  }

  close(): void {
    this.ended = true;
    clearTimeout(this.#timer);
    if (this.#child.connected) this.#child.disconnect();
  }
}

/** Opens TCP connections inside network namespaces of this machine. */
export interface Namespaces {
  /**
   * @throws RunbookError `unreachable` where there is no such namespace; an error of net.connect, of
   *   nsenter
   */
  connect(name: string, host: string, port: number): Promise<Net.Socket>;
  close(): void;
}

/** One helper process per namespace in use, ended when nothing was opened for `idleMs`. */
export function createNamespaces(idleMs = 60_000): Namespaces {
  const helpers = new Map<string, { readonly identity: string; readonly inside: Inside }>();
  return {
    connect: async (name, host, port) => {
      if (process.getuid?.() !== 0) {
        throw new RunbookError(
          'unreachable',
          `the network namespace ${name} can only be entered by root`,
          { hint: 'Run the worker as root, or give the host another `via`.' },
        );
      }
      const identity = await namespaceIdentity(name);
      let helper = helpers.get(name);
      if (helper === undefined || helper.inside.ended || helper.identity !== identity) {
        helper?.inside.close();
        helper = { identity, inside: new Inside(name, idleMs) };
        helpers.set(name, helper);
      }
      return await helper.inside.connect(host, port);
    },
    close: () => {
      for (const { inside } of helpers.values()) inside.close();
      helpers.clear();
    },
  };
}
