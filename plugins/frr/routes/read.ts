import { RunbookError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { jsonDocuments } from '../documents.js';
import { ask } from '../vtysh.js';
import { parseBgpPrefix, parseBgpTable, type BgpTable } from './bgp.js';
import { parseKernelTable, type KernelTable } from './kernel.js';
import { familyOf, type Family } from './prefix.js';
import { parseZebraTable, type ZebraTable } from './zebra.js';

/** What a router knows of routes, in the order in which a route passes: bgpd, zebra, kernel. */
export interface Routes {
  readonly bgp: BgpTable;
  readonly zebra: ZebraTable;
  readonly kernel: KernelTable;
}

const bgpTable = { ipv4: 'show bgp ipv4 unicast', ipv6: 'show bgp ipv6 unicast' } as const;
const zebraTable = { ipv4: 'show ip route', ipv6: 'show ipv6 route' } as const;
const flag = { ipv4: '-4', ipv6: '-6' } as const;

const tableBytes = 64 * 1024 * 1024;

async function kernelLists(
  target: Target,
  family: Family,
  lines: readonly string[],
): Promise<KernelTable> {
  const { stdout, truncated } = await target.run('ip', [flag[family], '-j', '-batch', '-'], {
    input: `${lines.join('\n')}\n`,
    capture: tableBytes,
    failure: 'check-failed',
  });
  if (truncated) {
    throw new RunbookError('output-too-large', `${target.name}: the routing table is too large`, {
      hint: 'Name the prefixes, so that only these are read.',
    });
  }
  return parseKernelTable(jsonDocuments(stdout), family);
}

function mustParse<T>(target: Target, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RunbookError('check-failed', `${target.name}: routes cannot be read: ${why}`, {
      cause: error,
    });
  }
}

async function readFamily(
  target: Target,
  family: Family,
  prefixes: readonly string[],
): Promise<Routes> {
  const answers = await ask(
    target,
    prefixes.flatMap((prefix) => [
      `${bgpTable[family]} ${prefix} json`,
      `${zebraTable[family]} ${prefix} json`,
    ]),
  );
  const kernel = await kernelLists(
    target,
    family,
    prefixes.map((prefix) => `route show exact ${prefix}`),
  );
  const bgp = prefixes.map(
    (prefix, index) =>
      [prefix, mustParse(target, () => parseBgpPrefix(answers[2 * index]))] as const,
  );
  const zebra = prefixes.flatMap((_, index) => [
    ...mustParse(target, () => parseZebraTable(answers[2 * index + 1])),
  ]);
  return { bgp: new Map(bgp), zebra: new Map(zebra), kernel };
}

/** Reads what a router knows of some prefixes. */
export async function readPrefixes(target: Target, prefixes: readonly string[]): Promise<Routes> {
  const all: Routes = { bgp: new Map(), zebra: new Map(), kernel: new Map() };
  let merged = all;
  for (const family of ['ipv4', 'ipv6'] as const) {
    const own = prefixes.filter((prefix) => familyOf(prefix) === family);
    if (own.length === 0) continue;
    const { bgp, zebra, kernel } = await readFamily(target, family, own);
    merged = {
      bgp: new Map([...merged.bgp, ...bgp]),
      zebra: new Map([...merged.zebra, ...zebra]),
      kernel: new Map([...merged.kernel, ...kernel]),
    };
  }
  return merged;
}

/** Reads all IPv4 routes of a router, and what else is asked of vtysh. */
export async function readTables(
  target: Target,
  more: readonly string[] = [],
): Promise<Routes & { readonly answers: readonly unknown[] }> {
  const commands = [`${bgpTable.ipv4} json`, `${zebraTable.ipv4} json`, ...more];
  const [bgp, zebra, ...answers] = await ask(target, commands);
  const kernel = await kernelLists(target, 'ipv4', ['route show']);
  return {
    bgp: mustParse(target, () => parseBgpTable(bgp)),
    zebra: mustParse(target, () => parseZebraTable(zebra)),
    kernel,
    answers,
  };
}
