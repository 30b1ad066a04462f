import { DefaultLogger, Runtime, type LogEntry } from '@temporalio/worker';
import { pino } from 'pino';

/** Logs of SDK, workflows and activities as JSON lines on standard output, where the CLI keeps them. */
export function installLogger(): pino.Logger {
  const logger = pino({ base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime });
  const levels = {
    TRACE: 'trace',
    DEBUG: 'debug',
    INFO: 'info',
    WARN: 'warn',
    ERROR: 'error',
  } as const;
  Runtime.install({
    logger: new DefaultLogger('INFO', (entry: LogEntry) => {
      logger[levels[entry.level]]({ ...entry.meta }, entry.message);
    }),
    // Signals are ours: a worker is told to stop by its own process only.
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
  });
  return logger;
}
