import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Notification } from '../../../core/notification.js';

/** One request that came. */
export interface Delivery {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  readonly path: string;
  readonly event: Notification;
}

/** A web server on this machine that takes events. */
export class HttpReceiver {
  readonly deliveries: Delivery[] = [];
  /** Statuses of the next answers; 204 when there are no more. 0 answers nothing at all. */
  readonly answers: number[] = [];
  #server: Server | null = null;
  #port = 0;

  static async start(): Promise<HttpReceiver> {
    const receiver = new HttpReceiver();
    await receiver.up();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`;
  }

  /** Listens, on the port that it had before if it had one. */
  async up(): Promise<void> {
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        this.deliveries.push({
          headers: request.headers,
          method: request.method ?? '',
          path: request.url ?? '',
          event: JSON.parse(body) as Notification,
        });
        const status = this.answers.shift() ?? 204;
        if (status === 0) return;
        response.writeHead(status, status === 302 ? { location: `${this.url}/elsewhere` } : {});
        response.end(status === 204 ? undefined : 'an answer');
      });
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}
