import { z } from 'zod';
import { interfaceLength } from './names.js';

/**
 * An absolute path on the lab's host. `:`, `,` and `\` are refused because they separate or escape
 * in the options of overlayfs and systemd-nspawn.
 */
export const hostPath = z
  .string()
  .max(512)
  .regex(/^\/[^\0\n:,\\]+$/, 'write an absolute path without : , and \\')
  .refine(
    (path) =>
      path
        .slice(1)
        .split('/')
        .every((part) => part !== '' && part !== '.' && part !== '..'),
    'write the path without empty parts, . and .., and without a / at the end',
  );

/** Short name of a lab on its host: it begins the names of its namespaces and control groups. */
export const labPrefix = z
  .string()
  .regex(
    /^[a-z](?:[a-z0-9-]{0,22}[a-z0-9])?$/,
    'a prefix begins with a letter, has lower-case letters, digits and -, and at most 24 characters',
  );

/** Name of a machine: also its host name unless told. */
export const machineName = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,37}[a-z0-9])?$/,
    'a machine name has lower-case letters, digits and -, and at most 39 characters',
  );

/** Name of a network interface, which the kernel limits to 15 characters. */
export const interfaceName = z
  .string()
  .max(interfaceLength)
  .regex(/^[a-z][a-z0-9._-]*$/, 'an interface name has lower-case letters, digits, . _ and -')
  .refine((name) => name !== 'lo', 'lo is always there');

/** IPv4 address with the length of its prefix, such as `192.168.10.100/24`. */
export const interfaceAddress = z.cidrv4();

/** A MiB count. */
export const mebibytes = z.int().min(1).max(16_777_216);

/** Memory and disk that must be free before anything is made. */
export const requirements = z.strictObject({
  memory: mebibytes.optional().describe('Memory that must be available, in MiB.'),
  disk: mebibytes.optional().describe('Disk that must be free at `at`, in MiB.'),
  at: hostPath
    .optional()
    .describe('Folder whose file system is measured; the nearest existing one above it counts.'),
});

export type Requirements = z.output<typeof requirements>;
