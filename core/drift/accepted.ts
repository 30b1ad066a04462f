import { z } from 'zod';

const time = z.iso.datetime().describe('RFC 3339, UTC.');

/** Drift that a person lets be for a time. */
export const acceptedSchema = z.strictObject({
  runbook: z.string(),
  series: z.string().describe('Which inputs: the same for every check with these.'),
  path: z.string().describe('Path of the step.'),
  target: z.string().nullable(),
  identity: z.string().describe('The very drift that was accepted: another one counts again.'),
  drift: z.string().nullable().describe('What it was.'),
  by: z.string().describe('Who claims to have accepted it.'),
  at: time,
  until: time,
  reason: z.string(),
});
export type Accepted = z.output<typeof acceptedSchema>;

/** What is kept of a project: every acceptance whose time is not long over. */
export const acceptedFileSchema = z.strictObject({
  version: z.literal(1),
  accepted: z.array(acceptedSchema),
});

/** One drift, as far as it matters here. */
export interface Drifting {
  readonly path: string;
  readonly target: string | null;
  readonly identity: string;
}

/** The acceptance that covers a drift at a time, RFC 3339 UTC; null where it counts. */
export function acceptanceOf(
  accepted: readonly Accepted[],
  where: Pick<Accepted, 'runbook' | 'series'>,
  drift: Drifting,
  at: string,
): Accepted | null {
  return (
    accepted.find(
      (one) =>
        one.runbook === where.runbook &&
        one.series === where.series &&
        one.path === drift.path &&
        one.target === drift.target &&
        one.identity === drift.identity &&
        Date.parse(one.until) > Date.parse(at),
    ) ?? null
  );
}
