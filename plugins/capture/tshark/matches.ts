import { z } from 'zod';
import { PermanentError } from '../../../core/errors.js';

/** `tshark -T json -e …` (4.0): an object for each packet, with the texts of each field that it has. */
const outputSchema = z.array(
  z.object({
    _source: z.object({ layers: z.record(z.string(), z.array(z.string())) }),
  }),
);

/** A packet: the texts of its fields. */
export type Match = Readonly<Record<string, readonly string[]>>;

/** @throws PermanentError `check-failed` for text that is none of tshark's. */
export function parseMatches(text: string): Match[] {
  try {
    return outputSchema.parse(JSON.parse(text)).map(({ _source: { layers } }) => layers);
  } catch (cause) {
    throw new PermanentError('check-failed', 'tshark did not answer as version 4.0 does', {
      hint: 'Report the version: `tshark --version`.',
      cause,
    });
  }
}

/** How many packets have each value of some fields; the most frequent first, as many as `fits` takes. */
export function valuesOf(
  packets: readonly Match[],
  fields: readonly string[],
  fits: (values: Readonly<Record<string, Readonly<Record<string, number>>>>) => boolean,
): { readonly values: Record<string, Record<string, number>>; readonly more: number } {
  const counted = fields.flatMap((field) => {
    const counts = new Map<string, number>();
    for (const packet of packets) {
      for (const value of new Set(packet[field])) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return [...counts].map(([value, count]) => ({ field, value, count }));
  });
  const values: Record<string, Record<string, number>> = {};
  let more = 0;
  for (const { field, value, count } of counted.sort((a, b) => b.count - a.count)) {
    const next = { ...values, [field]: { ...values[field], [value]: count } };
    if (more === 0 && fits(next)) values[field] = { ...values[field], [value]: count };
    else more += 1;
  }
  return { values, more };
}
