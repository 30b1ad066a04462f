import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { SdkActivities } from './sdk-worker.js';

const timeouts = { startToCloseTimeout: '1 minute' } as const;
const local = proxyLocalActivities<SdkActivities>(timeouts);
const regular = proxyActivities<SdkActivities>(timeouts);

/** What one pass of the loop does; `changed` is what a changed step cannot do without. */
export type SdkStep = 'local' | 'regular' | 'unchanged' | 'changed';

/** The same work as a step's, as somebody would write it on the SDK alone. */
export async function sdkSteps(step: SdkStep, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    if (step === 'local') await local.nothing();
    if (step === 'regular') await regular.nothing();
    if (step === 'unchanged' || step === 'changed') await local.commands(1);
    if (step === 'changed') await regular.commands(2);
  }
}
