import { connect } from 'node:net';
import type { Connection } from '@temporalio/client';
import { embeddedNamespace } from '../embedded/namespace.js';
import { attributes } from './attributes.js';
import { details, grpcCode } from './faults.js';

/** A new server answers within a second; a big database or a busy machine may need more, ms. */
const patienceMs = 60_000;
/** How long the server remembers ended runs; the archive remembers them for ever. */
const retentionSeconds = 90 * 24 * 3600;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** True when something listens there. */
export function listens(address: string, timeoutMs = 1000): Promise<boolean> {
  const at = address.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)) });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/** Waits until a server that was just started answers, then prepares its namespace. */
export async function prepareServer(address: string, ended: () => string | null): Promise<void> {
  const end = Date.now() + patienceMs;
  const check = (): void => {
    const why = ended();
    if (why !== null) throw new Error(why);
    if (Date.now() > end) throw new Error(`it does not answer within ${patienceMs / 1000} s`);
  };
  // The SDK takes its time to load: meanwhile the server comes up.
  const sdk = import('@temporalio/client');
  while (!(await listens(address))) {
    check();
    await pause(20);
  }
  const { Connection } = await sdk;
  const connection = await Connection.connect({ address, connectTimeout: '30s' });
  try {
    for (;;) {
      try {
        await prepareNamespace(connection, embeddedNamespace);
        return;
      } catch (error) {
        // The namespace is made just after the port is opened.
        check();
        if (Date.now() + 1000 > end) throw error;
        await pause(50);
      }
    }
  } finally {
    await connection.close();
  }
}

/** Retention and search attributes: may be done again and again. */
async function prepareNamespace(connection: Connection, namespace: string): Promise<void> {
  await connection.withDeadline(Date.now() + 5000, async () => {
    const { google } = (await import('@temporalio/proto')).default;
    const { Duration } = google.protobuf;
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: Duration.fromObject({ seconds: retentionSeconds }) },
    });
    await addAttributes(connection, namespace);
  });
}

/** Temporal's numbers for the types (IndexedValueType). */
const valueTypes = { KEYWORD: 2, KEYWORD_LIST: 7 } as const;

/** Makes the search attributes that are missing. @throws where the server does not let us. */
export async function addAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({
    namespace,
  });
  const missing = Object.entries(attributes).filter(
    ([name]) => !(name in (customAttributes ?? {})),
  );
  if (missing.length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, valueTypes[type]])),
    });
  } catch (error) {
    const alreadyExists = 6;
    if (grpcCode(error) !== alreadyExists && !/already exist/.test(details(error))) throw error;
  }
}
