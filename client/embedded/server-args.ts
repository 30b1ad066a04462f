import { embeddedNamespace } from './namespace.js';
import { codecPort, type Ports } from './ports.js';

/**
 * Settings of the server. Queues of one partition and no pause between polls: a step costs milliseconds
 * instead of a tenth of a second. Timers come within 20 ms instead of a second. Where several workers have died with a
 * run's workflow task in hand, the next may have it for 7 s longer than the usual 3, before it counts as lost: no longer than a
 * heartbeat may be missed. The server (1.29.1, `getStartToCloseTimeout`) doubles that time up to ten minutes by itself.
 */
export const serverSettings: readonly string[] = [
  'system.enableActivityEagerExecution=true',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  'history.transferProcessorMaxPollRPS=5000',
  // A duration is a JSON string: its quotes belong to the value.
  'history.timerProcessorMaxTimeShift="20ms"',
  'history.workflowTaskRetryMaxInterval="7s"',
];

/** Every commit on the disk before it counts, and no reader waits for a writer. */
const pragmas = ['journal_mode=WAL', 'synchronous=FULL'];

/**
 * Arguments of `temporal`; `help` is what its `--help` says, for flags that not every version has. `codec`:
 * the Web UI asks `runbook codec serve` for what is encrypted.
 */
export function serverArgs(ports: Ports, database: string, help: string, codec = false): string[] {
  return [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(ports.port),
    '--ui-port',
    String(ports.ui),
    '--db-filename',
    database,
    '--namespace',
    embeddedNamespace,
    '--log-level',
    'error',
    ...pragmas.flatMap((pragma) => ['--sqlite-pragma', pragma]),
    ...serverSettings.flatMap((setting) => ['--dynamic-config-value', setting]),
    ...(codec && help.includes('--ui-codec-endpoint')
      ? ['--ui-codec-endpoint', `http://127.0.0.1:${codecPort(ports)}`]
      : []),
    ...(help.includes('--ui-disable-news-fetch') ? ['--ui-disable-news-fetch'] : []),
  ];
}
