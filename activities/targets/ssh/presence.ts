import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { RunbookError } from '../../../core/errors.js';
import { messageOf } from '../../thrown.js';
import type { Endpoint } from './endpoint.js';

/** A host that says nothing for so long while an answer is awaited is gone, ms. */
const silenceMs = 8_000;
const patientMs = 10_000;
/** The longest that a host that is alive may take to answer, ms. */
export const slowMs = 60_000;
/** Nothing is lost with a connection at rest: where the host does not answer within this, a new one is made, ms. */
const answerMs = 1_000;

/** Whether the host of a connection is still there. */
export class Presence {
  readonly #endpoint: Endpoint;
  readonly #client: Client;
  #heard = performance.now();
  #lost: RunbookError | null = null;
  /** The question whether the host is still there, while it is open. */
  #asking: Promise<boolean> | null = null;

  constructor(endpoint: Endpoint, client: Client, socket: Duplex) {
    this.#endpoint = endpoint;
    this.#client = client;
    socket.on('data', () => {
      this.#heard = performance.now();
    });
    client.on('error', (error: Error) => this.end(error.message));
    client.on('close', () => this.end('the host closed it'));
  }

  /** Why the connection is gone; null while it is there. */
  get lost(): RunbookError | null {
    return this.#lost;
  }

  /** The connection is of no use any more, if it was until now. */
  end(why: string): void {
    const { target, address, port } = this.#endpoint;
    this.#lost ??= new RunbookError(
      'unreachable',
      `the connection to ${target} (${address} port ${port}) was lost: ${why}`,
    );
  }

  /** Whether the host answers now; who asks meanwhile shares the question. */
  answers(): Promise<boolean> {
    this.#asking ??= this.#question().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  #question(): Promise<boolean> {
    return new Promise((resolve) => {
      const answered = (there: boolean): void => {
        clearTimeout(timer);
        resolve(there && this.#lost === null);
      };
      const timer = setTimeout(() => answered(false), answerMs);
      try {
        // A request that every server answers (RFC 4254, 4): there is no such forwarding, which does no harm.
        this.#client.unforwardIn('127.0.0.1', 1, () => answered(true));
      } catch (error) {
        this.end(messageOf(error));
        answered(false);
      }
    });
  }

  /**
   * Watches the host while an answer is awaited: ends the connection where it falls silent, calls
   * `slow` where it talks, and does not answer. Answers what ends the watching.
   */
  watch(slow: () => void): () => void {
    const began = performance.now();
    let timer: NodeJS.Timeout;
    const look = (): void => {
      const waited = performance.now() - began;
      if (performance.now() - this.#heard > silenceMs) {
        this.end(`it has been silent for ${Math.round(waited / 1000)} s`);
        this.#client.destroy();
      } else if (waited > slowMs) {
        slow();
      } else {
        timer = setTimeout(look, 1000);
      }
    };
    timer = setTimeout(look, patientMs);
    return () => clearTimeout(timer);
  }
}
