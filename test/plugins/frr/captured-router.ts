import { isObject } from '../../../core/json.js';
import type { CommandOptions, CommandResult, Target } from '../../../core/target.js';
import type { LawCase } from '../../laws.js';
import { captured, capturedJson, type states } from './captures.js';

type State = (typeof states)[number];

function member(table: unknown, name: string): unknown {
  return isObject(table) ? table[name] : undefined;
}

/** What vtysh says; for one prefix, the part of the captured table that is about it. */
function vtysh(state: State, command: string): unknown {
  const bgp = capturedJson(`bgp-${state}.json`);
  const zebra = capturedJson(`zebra-${state}.json`);
  const [, table, prefix = ''] =
    /^show (bgp ipv4 unicast|ip route)(?: (\S+))? json$/.exec(command) ?? [];
  if (table === 'bgp ipv4 unicast') {
    if (prefix === '') return bgp;
    const paths = member(member(bgp, 'routes'), prefix);
    return paths === undefined ? {} : { paths };
  }
  if (table === 'ip route') {
    if (prefix === '') return zebra;
    const routes = member(zebra, prefix);
    return routes === undefined ? {} : { [prefix]: routes };
  }
  if (command === 'show bgp summary json') return capturedJson(`summary-${state}.json`);
  if (command === 'show bgp peer-group json') return capturedJson('peer-group-listen.json');
  if (command.startsWith('show bgp neighbors ')) return capturedJson(`neighbor-${state}.json`);
  throw new Error(`not expected: ${command}`);
}

/** What `ip -batch` says. */
function ip(state: State, line: string): unknown {
  const kernel = capturedJson(`kernel-${state}.json`) as readonly { dst: string }[];
  const [, prefix] = /^route show exact (\S+)$/.exec(line) ?? [];
  return prefix === undefined
    ? kernel
    : kernel.filter(({ dst }) => dst === prefix.replace(/\/32$/, ''));
}

/** What `show running-config no-header` prints. */
const running = captured('running.txt').slice(captured('running.txt').indexOf('!'));

/** A router as it was when it was captured, with this running configuration. */
export function routerIn(state: State, configuration = running): Target {
  const run = (
    command: string,
    args: readonly string[],
    { input = '' }: CommandOptions = {},
  ): Promise<CommandResult> => {
    const answered = { exitCode: 0, stderr: '', truncated: false, durationMs: 1 };
    if (args.includes('show running-config no-header')) {
      return Promise.resolve({ ...answered, stdout: configuration });
    }
    const answers =
      command === 'vtysh'
        ? args.filter((arg) => arg !== '-c').map((asked) => vtysh(state, asked))
        : String(input)
            .trim()
            .split('\n')
            .map((line) => ip(state, line));
    const stdout = answers.map((answer) => JSON.stringify(answer)).join('\n');
    return Promise.resolve({ ...answered, stdout });
  };
  return {
    name: 'router',
    kind: 'host',
    cluster: null,
    address: null,
    vars: {},
    run,
    json: () => Promise.reject(new Error('not used')),
  };
}

/** A situation of a router in a captured state; for what only reads. */
export function routerCase(
  title: string,
  state: State,
  input: object,
  finds: NonNullable<LawCase['finds']>,
): LawCase {
  return {
    title,
    finds,
    arrange: () =>
      Promise.resolve({ target: routerIn(state), input, cleanup: () => Promise.resolve() }),
  };
}
