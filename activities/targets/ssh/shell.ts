import { asRoot } from '../as-root.js';
import type { Process, Shell } from '../shell.js';
import { isNotBegun, type Connection } from './connection.js';
import type { Endpoint } from './endpoint.js';
import { maxHeldBytes, maxHeldSeconds } from './held.js';
import type { Pool } from './pool.js';

/** Programs on a host, over its warm connection. */
export function createSshShell(pool: Pool, endpoint: Endpoint): Shell {
  const root = endpoint.user === 'root';
  const over = async (
    signal: AbortSignal | undefined,
    begin: (connection: Connection) => Promise<Process>,
  ): Promise<Process> => {
    for (let first = true; ; first = false) {
      const connection = await pool.get(endpoint, signal);
      try {
        return await begin(connection);
      } catch (error) {
        // An idle connection may have died unseen; what has not begun may be sent once more.
        if (!first || !isNotBegun(error)) throw error;
      }
    }
  };
  return {
    root,
    quick: async (args, signal) => {
      const bytes = args.reduce((sum, arg) => sum + arg.length, 0);
      if (bytes > maxHeldBytes || Number(args[1]) > maxHeldSeconds) return null;
      const connection = await pool.unasked(endpoint, signal);
      return await connection.quick(args, signal).catch((error: unknown) => {
        if (isNotBegun(error)) return null; // as a session of its own, on a new connection
        throw error;
      });
    },
    start: (argv, options) => {
      const words = options.sudo && !root ? asRoot(argv) : argv;
      return over(options.signal, (connection) => connection.start(words, options));
    },
    change: (args, options) => {
      const sudo = options.sudo && !root;
      return over(options.signal, (connection) => connection.change(args, { ...options, sudo }));
    },
  };
}
