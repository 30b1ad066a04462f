import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import type { NodeSSH } from 'node-ssh';
import { RunbookError } from '../../../core/errors.js';
import { asRoot } from '../as-root.js';
import { quoteLine } from '../quote.js';
import { changeScript, scriptArgv } from '../scripts.js';
import type { Exit, Process, Start } from '../shell.js';
import type { Endpoint } from './endpoint.js';
import { Ahead } from './ahead.js';
import { heldArgv } from './held.js';
import { HeldShells } from './held-shells.js';
import { createPlaces } from './places.js';
import { Presence, slowMs } from './presence.js';
import { messageOf } from '../../thrown.js';

/** Stock sshd opens 10 sessions on a connection; two are left for stopping others. */
const sessions = 8;
/** A host that refuses a session, with none open, so often, opens none. */
const refusals = 8;
const refusalMs = 60;
/** A connection at rest for so long is asked whether its host is still there, ms. */
const restMs = 1_000;

/** The session was not opened, so the command cannot have begun: it may be sent again. */
export class NotBegun extends RunbookError {
  override readonly name = 'NotBegun';
  readonly notBegun = true;
}

/** Compared by shape: errors of this kind never leave the folder. */
export function isNotBegun(error: unknown): error is NotBegun {
  return typeof error === 'object' && error !== null && 'notBegun' in error;
}

/** What ssh2 gives the callback of a session that was not open yet when the connection ended. */
const neverOpened = 'No response from server';

/** The host opens fewer sessions than stock sshd does. */
function isRefusedSession(error: unknown): boolean {
  return messageOf(error).startsWith('(SSH) Channel open failure');
}

/** A connection to one host, logged in. */
export class Connection {
  readonly endpoint: Endpoint;
  readonly #ssh: NodeSSH;
  readonly #client: Client;
  readonly #places = createPlaces(sessions);
  readonly #presence: Presence;
  #used = performance.now();
  readonly #held = new HeldShells({
    open: (signal) => this.start(heldArgv, { sudo: false, signal }),
    room: () => this.#places.taken < sessions,
    watch: () => this.#presence.watch(() => undefined),
    answers: () => this.#insist(),
    rests: () => this.#rest(),
    lost: () => this.#presence.lost,
  });
  readonly #ahead = new Ahead({ open: (argv) => this.#openAhead(argv) });
  /** The host opens fewer sessions than were asked for. */
  #scarce = false;
  /** Connections that go through this one. */
  #passengers = 0;

  constructor(endpoint: Endpoint, ssh: NodeSSH, client: Client, socket: Duplex) {
    this.endpoint = endpoint;
    this.#ssh = ssh;
    this.#client = client;
    this.#presence = new Presence(endpoint, client, socket);
  }

  get alive(): boolean {
    return this.#presence.lost === null;
  }

  /** Time since it was last in use, ms; 0 while it is. */
  get idleMs(): number {
    return this.#atWork > 0 ? 0 : performance.now() - this.#used;
  }

  /** Sessions and connections through it that are in use. */
  get #atWork(): number {
    return this.#places.taken - this.#held.resting - this.#ahead.resting + this.#passengers;
  }

  /** Whether a shell is open that has nothing to do: a command that is given to it shows whether the host is there. */
  get holds(): boolean {
    return this.#held.resting > 0;
  }

  /**
   * False where the connection was at rest and its host does not answer now. A host that lost its power, or was
   * made anew at the same address, does not say so, and the keep-alive takes many seconds to find out.
   */
  async answers(): Promise<boolean> {
    return !this.alive || this.idleMs < restMs ? this.alive : await this.#presence.answers();
  }

  /** Whether the host answers a held shell now: one that does not is given up where only that shell is at work. */
  async #insist(): Promise<boolean> {
    const there = await this.#presence.answers();
    if (!there && this.#atWork <= 1) this.#presence.end('the host does not answer');
    return there;
  }

  #notBegun(): NotBegun {
    const message =
      this.#presence.lost?.message ?? `the connection to ${this.endpoint.target} was lost`;
    return new NotBegun('unreachable', message);
  }

  /**
   * Starts a program; waits for one of the sessions where all are in use.
   * @throws NotBegun where the connection was lost before; RunbookError `unreachable`
   */
  async start(argv: readonly string[], options: Start): Promise<Process> {
    const line = `exec ${quoteLine(argv)}`;
    for (let refused = 0; ;) {
      if (options.urgent === true) this.#places.force();
      else await this.#take(options.signal);
      try {
        return await this.#open(line);
      } catch (error) {
        this.#leave();
        if (!isRefusedSession(error)) throw error;
        this.#scarce = true;
        this.#ahead.giveUp();
        refused++;
        const others = this.#places.taken;
        if (refused >= refusals && others === 0) throw this.#refusesSessions(error);
        // sshd tells us of the end of a session a little before it counts it as ended.
        if (refused % 3 === 0 && others > 0) this.#places.shrink(others);
        await sleep(refusalMs, undefined, { signal: options.signal });
      }
    }
  }

  async #take(signal: AbortSignal | undefined): Promise<void> {
    const taking = this.#places.take(signal);
    if (this.#places.waiting > 0) this.#giveUpOne();
    await taking;
  }

  /** Somebody waits for a session. */
  #giveUpOne(): void {
    if (this.#ahead.resting > 0) this.#ahead.giveUp();
    else this.#held.giveUpOne();
  }

  #leave(): void {
    this.#used = performance.now();
    this.#places.release();
  }

  #refusesSessions(cause: unknown): RunbookError {
    return new RunbookError(
      'unreachable',
      `${this.endpoint.target} let us in, but opens no session: ${messageOf(cause)}`,
      { hint: 'Look at MaxSessions and ForceCommand in its sshd_config.', cause },
    );
  }

  #open(line: string): Promise<Process> {
    return new Promise((resolve, reject) => {
      if (!this.alive) return reject(this.#notBegun());
      let gaveUp = false;
      const stopWatching = this.#presence.watch(() => {
        gaveUp = true;
        const message = `${this.endpoint.target} did not open a session within ${slowMs / 1000} s`;
        reject(new RunbookError('unreachable', message));
      });
      const settle = (error: Error | undefined, channel: ClientChannel | undefined): void => {
        stopWatching();
        if (gaveUp) {
          channel?.close();
        } else if (channel !== undefined && error === undefined) {
          // At once: its exit may be in the packet that is just being read.
          resolve(this.#process(channel));
        } else if (error !== undefined && isRefusedSession(error) && this.alive) {
          reject(error);
        } else if (error?.message === neverOpened) {
          reject(this.#notBegun());
        } else {
          reject(
            this.#presence.lost ??
              new RunbookError('unreachable', this.#refusal(error), { cause: error }),
          );
        }
      };
      try {
        this.#client.exec(line, settle);
      } catch (error) {
        // "Not connected": the end of the connection was seen, and nothing sent.
        this.#presence.end(messageOf(error));
        stopWatching();
        reject(this.#notBegun());
      }
    });
  }

  #refusal(error: Error | undefined): string {
    return `${this.endpoint.target} did not start the command: ${error?.message ?? 'no reason given'}`;
  }

  #process(channel: ClientChannel): Process {
    const exit = new Promise<Exit>((resolve) => {
      channel.on('exit', (code: number | null, signal?: string) => {
        const number = constants.signals[signal as NodeJS.Signals] ?? 0;
        resolve({ code: code ?? 128 + number, lost: null });
      });
      channel.on('close', () => resolve({ code: null, lost: this.#presence.lost }));
    });
    channel.on('close', () => this.#leave());
    return {
      stdin: channel,
      stdout: channel,
      stderr: channel.stderr,
      exit,
      abandon: () => {
        // Unread output would keep ssh2 from telling that the channel is closed.
        channel.resume();
        channel.stderr.resume();
        channel.close();
      },
    };
  }

  /**
   * Runs the read-only script in a shell that is kept open; null where none is to be had, or where it
   * ended before the command began.
   */
  async quick(args: readonly string[], signal: AbortSignal): Promise<Process | null> {
    return await this.#held.run(args, signal);
  }

  /**
   * Runs changeScript with these arguments: in a session that waits for it, or as {@link start} does.
   * @throws as {@link start}
   */
  async change(args: readonly string[], options: Start): Promise<Process> {
    const { sudo } = options;
    const argv = scriptArgv(changeScript, args);
    const process =
      this.#ahead.run(args, sudo) ?? (await this.start(sudo ? asRoot(argv) : argv, options));
    void process.exit.then(() => this.#ahead.ended(sudo));
    return process;
  }

  async #openAhead(argv: readonly string[]): Promise<Process | null> {
    if (this.#scarce || this.#places.waiting > 0 || this.#places.taken >= sessions) return null;
    this.#places.force();
    try {
      return await this.#open(`exec ${quoteLine(argv)}`);
    } catch (error) {
      this.#leave();
      this.#scarce ||= isRefusedSession(error);
      return null;
    }
  }

  /** A held shell is free: somebody may be waiting for its session. */
  #rest(): void {
    this.#used = performance.now();
    if (this.#places.waiting > 0) this.#giveUpOne();
  }

  /** Opens a TCP connection from the host on. @throws Error */
  async forward(address: string, port: number): Promise<Duplex> {
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      try {
        this.#client.forwardOut('127.0.0.1', 0, address, port, (error, stream) => {
          if (error === undefined) resolve(stream);
          else reject(error);
        });
      } catch (error) {
        reject(new Error(messageOf(error), { cause: error }));
      }
    });
    this.#passengers++;
    channel.on('close', () => {
      this.#passengers--;
      this.#used = performance.now();
    });
    return channel;
  }

  close(): void {
    this.#presence.end('this side closed it');
    this.#ahead.close();
    this.#ssh.dispose();
    // A host that no longer answers would keep the socket for minutes.
    setTimeout(() => this.#client.destroy(), 500).unref();
  }
}
