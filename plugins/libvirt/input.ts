import { z } from 'zod';

/** Name or UUID of a libvirt domain, as one argument: never an option. */
export const domainName = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.+@-]{0,199}$/,
    'a domain has letters, digits, _ . + @ and -, and does not begin with -',
  );

/** Name of a libvirt network. */
export const networkName = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/,
    'a network has letters, digits, _ . and -, and does not begin with -',
  );

/** Where libvirt's daemon is, in its own notation. */
export const connection = z
  .string()
  .max(200)
  .regex(/^[a-z]+(?:\+[a-z]+)?:\/\/[^\s\0]*$/, 'write a connection such as qemu:///system')
  .default('qemu:///system')
  .describe('Connection to libvirt; the system daemon of the host unless told.');
