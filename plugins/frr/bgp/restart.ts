import { isObject } from '../../../core/json.js';

/** For how long a router keeps what a peer has announced, while that peer restarts. */
export interface Restart {
  readonly address: string;
  readonly established: boolean;
  /** Seconds that the peer asks for; null where one of the two does not restart gracefully. */
  readonly seconds: number | null;
  /** Whether the peer goes on forwarding meanwhile, for at least one family. */
  readonly forwarding: boolean;
}

function restartOf(address: string, facts: Readonly<Record<string, unknown>>): Restart {
  const { bgpState, gracefulRestartInfo: info } = facts;
  const { remoteGrMode, localGrMode, timers, ...families } = isObject(info) ? info : {};
  // "Restart*" is a mode that was taken over from the process; a helper keeps routes as well.
  const keeps = typeof localGrMode === 'string' && /^(?:Restart|Helper)/.test(localGrMode);
  const restarts = typeof remoteGrMode === 'string' && remoteGrMode.startsWith('Restart');
  const seconds = isObject(timers) ? timers['receivedRestartTimer'] : undefined;
  return {
    address,
    established: bgpState === 'Established',
    seconds: keeps && restarts && typeof seconds === 'number' ? seconds : null,
    forwarding: Object.values(families).some((one) => isObject(one) && one['fBit'] === true),
  };
}

/**
 * Reads `show bgp neighbors json`.
 * @throws TypeError when it is something else.
 */
export function parseRestarts(answer: unknown): ReadonlyMap<string, Restart> {
  if (!isObject(answer)) throw new TypeError('not BGP neighbours');
  return new Map(
    Object.entries(answer).flatMap(([address, facts]) =>
      isObject(facts) && 'bgpState' in facts ? [[address, restartOf(address, facts)] as const] : [],
    ),
  );
}
