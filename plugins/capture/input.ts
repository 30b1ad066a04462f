import { z } from 'zod';

/** Name of a capture: part of file names on every host. */
export const captureName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/, 'write letters, digits, _ and -');

/** Folder on a host in which captures are, until they are removed. */
export const folder = '/var/lib/runbook/captures';

/** Path of a capture on its host. */
export function pathOf(name: string): string {
  return `${folder}/${name}.pcap`;
}
