import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Codec, Payload } from '../../core/codec/codec.js';
import { isRunbookError } from '../../core/errors.js';

/** What a codec server needs. */
export interface CodecServing {
  readonly codec: Codec;
  /** Origins of the Web UI: pages of no other may ask. */
  readonly origins: readonly string[];
}

/** The largest request that is read, bytes. */
const maxBytes = 16 * 1024 * 1024;

const base64 = z.base64().transform((text) => Buffer.from(text, 'base64'));
const bodySchema = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), base64).optional(), data: base64.optional() }))
    .default([]),
});

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Refusal(413, `at most ${maxBytes} bytes are read`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function payloadsOf(text: string): readonly Payload[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
  const parsed = bodySchema.safeParse(value);
  if (!parsed.success) throw new Refusal(400, 'the body holds no payloads as protobuf writes JSON');
  return parsed.data.payloads.map(({ metadata = {}, data }) => ({
    metadata,
    ...(data === undefined ? {} : { data }),
  }));
}

function written({ metadata, data }: Payload): object {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const fields = Object.entries(metadata ?? {}).map(([name, bytes]) => [name, text(bytes)]);
  return {
    metadata: Object.fromEntries(fields) as Record<string, string>,
    ...(data === null || data === undefined ? {} : { data: text(data) }),
  };
}

/** Names under which this machine asks itself: a page of another host's name must not. */
function isLocal(host: string | undefined): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(host ?? '');
}

function allow(
  { headers }: IncomingMessage,
  response: ServerResponse,
  serving: CodecServing,
): void {
  const { origin } = headers;
  if (!isLocal(headers.host)) throw new Refusal(403, 'ask for 127.0.0.1 or localhost');
  if (origin === undefined) return;
  if (!serving.origins.includes(origin)) {
    throw new Refusal(403, `only pages of ${serving.origins.join(' and ')} may ask`);
  }
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('vary', 'origin');
}

/** The answer to the question that browsers ask before. */
function preflight({ headers }: IncomingMessage, response: ServerResponse): void {
  response.setHeader('access-control-allow-methods', 'POST');
  const wanted = headers['access-control-request-headers'];
  response.setHeader('access-control-allow-headers', wanted ?? 'content-type, x-namespace');
  if (headers['access-control-request-private-network'] === 'true') {
    response.setHeader('access-control-allow-private-network', 'true');
  }
  response.writeHead(204).end();
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  serving: CodecServing,
): Promise<void> {
  allow(request, response, serving);
  if (request.method === 'OPTIONS') return preflight(request, response);
  // The last part of the path alone counts, by Temporal's protocol.
  const verb = /\/(encode|decode)\/?$/.exec((request.url ?? '').split('?')[0] ?? '')?.[1];
  if (verb === undefined) throw new Refusal(404, 'there are /encode and /decode');
  if (request.method !== 'POST') throw new Refusal(405, 'only POST is taken');
  const payloads = payloadsOf(await bodyOf(request));
  const { codec } = serving;
  const made = await (verb === 'encode' ? codec.encode(payloads) : codec.decode(payloads));
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify({ payloads: made.map(written) }));
}

/** A server of Temporal's codec protocol, for the Web UI. Not listening yet. */
export function createCodecServer(serving: CodecServing): Server {
  return createServer((request, response) => {
    answer(request, response, serving).catch((error: unknown) => {
      const known = error instanceof Refusal || isRunbookError(error);
      const status = error instanceof Refusal ? error.status : known ? 400 : 500;
      response.writeHead(status, { 'content-type': 'text/plain' });
      response.end(known ? (error as Error).message : 'it failed');
    });
  });
}
