import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { discovery } from './discovery.js';
import {
  budget,
  merged,
  newNode,
  newPod,
  nextVersion,
  refusal,
  type Json,
  type Stored,
} from './objects.js';

/** What becomes of one request: an answer that is none, before or after it has been done. */
export type Mood =
  'well' | '429' | '500' | '503' | '403' | 'reset' | 'half' | 'silent' | 'lost-answer';

interface Answer {
  readonly code: number;
  readonly body: Json;
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as Json);
}

/**
 * An API server that is none: nodes, pods and one disruption budget, as far as kubectl and our actions ask for
 * them. Each label that a node gets is a step of the reference runbook, done or put back: it is told to the ledger, in
 * the run of the node's name. Any request can go wrong in each way in which those of real servers do.
 */
export class Api {
  /** What becomes of the next request for an object. */
  mood: () => Mood = () => 'well';
  /** What its addresses begin with: who knows another one is nobody. (kubectl sends no token without TLS.) */
  token = 'first';
  /** Evictions that the budget allows at once: none, and any are refused. */
  allowed = 0;
  /** Pods come back to the node that they were evicted from. */
  looping = false;
  evictions = 0;
  readonly #folder: string;
  readonly #nodes = new Map<string, Stored>();
  readonly #pods = new Map<string, Stored>();
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get port(): number {
    return this.#port;
  }

  /** Begins to listen, and after a stop again at the same port. */
  async begin(): Promise<void> {
    const server = createServer((request, response) => {
      void this.#serve(request, response).catch(() => request.socket.destroy());
    });
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Is gone, with all connections; what it knows stays. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  node(name: string): Stored {
    const node = this.#nodes.get(name) ?? newNode(name);
    this.#nodes.set(name, node);
    return node;
  }

  addPod(name: string, node: string): void {
    this.#pods.set(name, newPod(name, node));
  }

  podsOn(node: string): Stored[] {
    return [...this.#pods.values()].filter(({ spec }) => spec['nodeName'] === node);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stub');
    const [, token = '', path = '/'] = this.#partsOf(url.pathname) ?? [];
    const known = discovery[path];
    const mood = known === undefined ? this.mood() : 'well';
    const body = await bodyOf(request);
    const refused = this.#refused(token, mood);
    if (mood === 'reset') return void request.socket.resetAndDestroy();
    // Its end is the client's own time-out.
    if (mood === 'silent') return;
    const answer =
      refused ??
      (known === undefined
        ? this.#answer(request.method ?? 'GET', path, url.searchParams, body)
        : { code: 200, body: known });
    if (mood === 'lost-answer') return void request.socket.resetAndDestroy();
    const text = JSON.stringify(answer.body);
    response.writeHead(answer.code, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...(mood === '429' ? { 'retry-after': '1' } : {}),
    });
    if (mood !== 'half') return void response.end(text);
    response.write(text.slice(0, text.length / 2));
    setTimeout(() => request.socket.destroy(), 20);
  }

  /** The token and the path that an address has: the server is behind a path, as some are. */
  #partsOf(path: string): readonly string[] | null {
    return /^\/([^/]+)(\/.*)$/.exec(path);
  }

  #refused(token: string, mood: Mood): Answer | null {
    const say = (code: number, reason: string, message: string): Answer => ({
      code,
      body: refusal(code, reason, message),
    });
    if (token !== this.token) return say(401, 'Unauthorized', 'Unauthorized');
    switch (mood) {
      case '429':
        return say(429, 'TooManyRequests', 'too many requests, please try again later');
      case '500':
        return say(500, 'InternalError', 'etcdserver: request timed out');
      case '503':
        return say(503, 'ServiceUnavailable', 'the server is shutting down');
      case '403':
        return say(403, 'Forbidden', 'nodes is forbidden: RBAC: not yet');
      default:
        return null;
    }
  }

  #answer(method: string, path: string, query: URLSearchParams, body: Json): Answer {
    const node = /^\/api\/v1\/nodes\/([^/]+)$/.exec(path)?.[1];
    if (node !== undefined && method === 'GET') return { code: 200, body: { ...this.node(node) } };
    if (node !== undefined && method === 'PATCH') return this.#patch(this.node(node), body);
    if (path === '/api/v1/pods') {
      const on = /spec\.nodeName=([^,]+)/.exec(query.get('fieldSelector') ?? '')?.[1];
      return { code: 200, body: list('v1', 'PodList', this.podsOn(on ?? '')) };
    }
    if (path.endsWith('/poddisruptionbudgets')) {
      const items = [budget(this.allowed)];
      return { code: 200, body: list('policy/v1', 'PodDisruptionBudgetList', items) };
    }
    const evicted = /^\/api\/v1\/namespaces\/default\/pods\/([^/]+)\/eviction$/.exec(path)?.[1];
    if (evicted !== undefined && method === 'POST') return this.#evict(evicted);
    return { code: 404, body: refusal(404, 'NotFound', `${path} not found`) };
  }

  #patch(node: Stored, patch: Json): Answer {
    const { resourceVersion, labels } = (patch['metadata'] ?? {}) as Json;
    if (resourceVersion !== undefined && resourceVersion !== node.metadata.resourceVersion) {
      const why = 'the object has been modified; please apply your changes to the latest version';
      return { code: 409, body: refusal(409, 'Conflict', why) };
    }
    const next = merged(node, patch) as Stored;
    next.metadata.resourceVersion = nextVersion();
    this.#nodes.set(node.metadata.name, next);
    for (const [step, value] of Object.entries((labels ?? {}) as Json))
      this.#tell(node.metadata.name, step, value === null ? 'undo' : 'apply');
    return { code: 200, body: { ...next } };
  }

  /** A label is set or taken away at once: begun and done, with no attempt that could be stopped. */
  #tell(run: string, step: string, verb: 'apply' | 'undo'): void {
    const effect = join(this.#folder, 'effects', run, step);
    const line = (word: string): string => `${run} ${step} ${verb} 1 - ${process.pid} ${word}\n`;
    mkdirSync(join(effect, '..'), { recursive: true });
    appendFileSync(join(this.#folder, 'ledger'), line('start'));
    if (verb === 'apply') appendFileSync(effect, `${process.pid}\n`);
    else rmSync(effect, { force: true });
    appendFileSync(join(this.#folder, 'ledger'), line('end'));
  }

  #evict(name: string): Answer {
    this.evictions += 1;
    if (this.allowed === 0) {
      const why = "Cannot evict pod as it would violate the pod's disruption budget.";
      return { code: 429, body: refusal(429, 'TooManyRequests', why) };
    }
    const pod = this.#pods.get(name);
    if (pod === undefined) return { code: 404, body: refusal(404, 'NotFound', `no pod ${name}`) };
    this.#pods.delete(name);
    if (this.looping) this.addPod(name, String(pod.spec['nodeName']));
    return { code: 201, body: { apiVersion: 'v1', kind: 'Status', status: 'Success' } };
  }
}

function list(apiVersion: string, kind: string, items: readonly Stored[]): Json {
  return { apiVersion, kind, metadata: { resourceVersion: nextVersion() }, items };
}
