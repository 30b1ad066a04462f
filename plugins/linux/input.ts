import { z } from 'zod';
import { jsonBytes } from '../../core/excerpt.js';

/** An absolute path in its plain form: nothing in it can lead elsewhere than it says. */
export const absolutePath = z
  .string()
  .regex(/^\/[^\0]*$/, 'write an absolute path')
  .refine((path) => jsonBytes(path) <= 512, 'a path takes at most 510 bytes here')
  .refine(
    (path) =>
      path
        .slice(1)
        .split('/')
        .every((part) => part !== '' && part !== '.' && part !== '..' && part.length <= 255),
    'write the path without empty parts, . and .., and without a / at the end',
  );

/** A user or group: a name as useradd takes it, or a number. */
export const userName = z
  .string()
  .regex(/^(?:[A-Za-z_][A-Za-z0-9._-]{0,31}\$?|\d{1,10})$/, 'not a name or number of a user');

/** A program and its arguments, each handed over as it is. */
export const argv = z
  .array(z.string().regex(/^[^\0]*$/, 'an argument cannot hold a NUL'))
  .min(1)
  .refine(([program]) => program !== undefined && program !== '', 'name a program');

/** Name of a network interface, as the kernel takes it. */
export const interfaceName = z
  .string()
  .regex(/^(?!-)[^\s/\0:]{1,15}$/, 'not the name of a network interface')
  .refine((name) => name !== '.' && name !== '..', 'not the name of a network interface');
