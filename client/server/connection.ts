import type { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { createCodec } from '../../core/codec/codec.js';
import type { CodecKey } from '../../core/codec/keys.js';
import { RunbookError } from '../../core/errors.js';
import { embeddedNamespace } from '../embedded/namespace.js';
import type { EmbeddedServer } from '../embedded/server.js';
import { failureConverterPath } from '../system.js';
import { details } from './faults.js';
import type { Endpoint } from './endpoint.js';

/** A server that answers. */
export interface Server {
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
  readonly address: string;
  /** Address of the Web UI; null where it is not known. */
  readonly ui: string | null;
  /** The embedded server; null for one that was configured. */
  readonly embedded: EmbeddedServer | null;
  close(): Promise<void>;
}

/** The longest that one call may take, ms. */
export const callMs = 10_000;

/** Runs calls with a deadline. */
export function within<T>(server: Server, ms: number, work: () => Promise<T>): Promise<T> {
  return server.connection.withDeadline(Date.now() + ms, work);
}

/** Address of a run in the Web UI. */
export function runAddress(server: Pick<Server, 'ui' | 'namespace'>, run: string): string | null {
  if (server.ui === null) return null;
  return `${server.ui}/namespaces/${encodeURIComponent(server.namespace)}/workflows/${encodeURIComponent(run)}`;
}

/** How payloads are read and written. Without keys what is encrypted is at least told so. */
function converterOf(keys: readonly CodecKey[]): DataConverter {
  const payloadCodecs = [createCodec(keys)];
  return keys.length === 0 ? { payloadCodecs } : { payloadCodecs, failureConverterPath };
}

/** Connects to the embedded server. @throws RunbookError `server-unavailable`. */
export async function connectEmbedded(
  embedded: EmbeddedServer,
  keys: readonly CodecKey[],
): Promise<Server> {
  const { Client, Connection } = await import('@temporalio/client');
  const { address, ui } = embedded;
  const connection = await connected(() => Connection.connect({ address }), address);
  return {
    client: new Client({
      connection,
      namespace: embeddedNamespace,
      dataConverter: converterOf(keys),
    }),
    connection,
    namespace: embeddedNamespace,
    address,
    ui,
    embedded,
    close: () => connection.close(),
  };
}

/** Connects to a server that the project, the environment or a profile names. @throws RunbookError `server-unavailable`. */
export async function connectConfigured(
  endpoint: Extract<Endpoint, { kind: 'configured' }>,
  environment: Readonly<Record<string, string | undefined>>,
  keys: readonly CodecKey[],
): Promise<Server> {
  const { Client, Connection } = await import('@temporalio/client');
  const { loadClientConnectConfig } = await import('@temporalio/envconfig');
  const loaded = loadClientConnectConfig(
    endpoint.profile === null ? {} : { profile: endpoint.profile },
  );
  const address = endpoint.address ?? loaded.connectionOptions.address ?? 'localhost:7233';
  const namespace = endpoint.namespace ?? loaded.namespace ?? 'default';
  const connection = await connected(
    () => Connection.connect({ ...loaded.connectionOptions, address }),
    address,
  );
  const cloud = /\.(?:tmprl\.cloud|temporal\.io)(?::\d+)?$/.test(address);
  return {
    client: new Client({ connection, namespace, dataConverter: converterOf(keys) }),
    connection,
    namespace,
    address,
    ui: environment['RUNBOOK_UI_URL'] ?? (cloud ? 'https://cloud.temporal.io' : null),
    embedded: null,
    close: () => connection.close(),
  };
}

async function connected(connect: () => Promise<Connection>, address: string): Promise<Connection> {
  try {
    return await connect();
  } catch (error) {
    throw new RunbookError(
      'server-unavailable',
      `the Temporal server at ${address} does not answer: ${details(error)}`,
      { hint: 'is it running, and do address and certificates fit? runbook doctor', cause: error },
    );
  }
}
