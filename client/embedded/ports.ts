import { createHash } from 'node:crypto';
import { createServer } from 'node:net';

/** Ports of one embedded server. */
export interface Ports {
  readonly port: number;
  readonly ui: number;
}

/** Below the range from which systems lend ports to outgoing connections: those would come and go. */
const first = 20_000;
const count = 6_000;

/** True when nothing listens there. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}

/** The pair of ports that a state folder tries first, and those after it. */
export function candidates(folder: string): Ports[] {
  const start = createHash('sha256').update(folder).digest().readUInt16BE(0) % count;
  return Array.from({ length: 200 }, (_, i) => {
    const port = first + 2 * ((start + i) % count);
    return { port, ui: port + 1 };
  });
}

/** Port for the codec of a server: below those of all servers, and always the same for one of them. */
export function codecPort({ port }: Pick<Ports, 'port'>): number {
  return first - count + (Math.abs(Math.floor((port - first) / 2)) % count);
}

/** What a user has set: `RUNBOOK_TEMPORAL_PORT`, `RUNBOOK_UI_PORT`. */
export interface WantedPorts {
  readonly port: number | null;
  readonly ui: number | null;
}

/**
 * Ports to listen on: those that are set, else those of last time, else the first free ones of this
 * folder. Null where a port that is set is taken, or nothing is free.
 */
export async function choosePorts(
  folder: string,
  wanted: WantedPorts,
  last: Ports | null,
  free: (port: number) => Promise<boolean> = isFree,
): Promise<Ports | null> {
  const set = [wanted.port, wanted.ui].filter((port) => port !== null);
  for (const port of set) if (!(await free(port))) return null;
  for (const pair of [...(last === null ? [] : [last]), ...candidates(folder)]) {
    const ports = { port: wanted.port ?? pair.port, ui: wanted.ui ?? pair.ui };
    if (ports.port === ports.ui) continue;
    if ((await free(ports.port)) && (await free(ports.ui))) return ports;
  }
  return null;
}
