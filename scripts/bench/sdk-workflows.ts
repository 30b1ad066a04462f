import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { SdkActivities } from './sdk-worker.js';

const timeouts = { startToCloseTimeout: '1 minute' } as const;
const local = proxyLocalActivities<SdkActivities>(timeouts);
const regular = proxyActivities<SdkActivities>(timeouts);

/**
 * What one pass of the loop does; `changed` is what a changed step cannot do without, `file` what a look at a file
 * cannot: who owns it, and what is in it.
 */
export type SdkStep = 'local' | 'regular' | 'unchanged' | 'file' | 'changed';

/** The same work as a step's, as somebody would write it on the SDK alone. */
export async function sdkSteps(step: SdkStep, count: number, file: string): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    if (step === 'local') await local.nothing();
    if (step === 'regular') await regular.nothing();
    if (step === 'unchanged' || step === 'changed') await local.commands(1);
    if (step === 'file') await local.look(file);
    if (step === 'changed') await regular.commands(2);
  }
}

/** So many looks at each host, all at once, each of them durable; without a line, activities that do nothing. */
export async function sdkProbes(
  addresses: readonly string[],
  times: number,
  line: string | null,
): Promise<void> {
  const all = addresses.flatMap((address) =>
    Array.from({ length: times }, () =>
      line === null ? local.nothing() : local.probe(address, line),
    ),
  );
  await Promise.all(all);
}
