import { z } from 'zod';

const subdomain = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

/** Name of a node, as the API server takes it. */
export const nodeName = z
  .string()
  .max(253)
  .regex(subdomain, 'the name of a node has lower case letters, digits, . and -');

/** Name of a namespace. */
export const namespaceName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, 'not the name of a namespace');

/** Name of an object of any kind: a segment of a path, never an option. */
export const objectName = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9][A-Za-z0-9.:_@-]*$/, 'not the name of an object')
  .refine((name) => !name.includes('..'), 'not the name of an object');

/** A kind as kubectl takes it, with its group where it is ambiguous. */
export const resourceKind = z
  .string()
  .max(253)
  .regex(/^[A-Za-z][A-Za-z0-9.-]*$/, 'write a kind such as node or deployments.apps');

/** Key of a label: an optional domain, and a name. */
export const labelKey = z
  .string()
  .max(317)
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
    'not the key of a label',
  );

/** Value of a label; may be empty. */
export const labelValue = z
  .string()
  .regex(/^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/, 'not the value of a label');

/** A label selector such as `app=webpod,tier!=cache`. */
export const labelSelector = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[A-Za-z0-9!][A-Za-z0-9!=,.()/_ -]*$/, 'write a label selector such as app=webpod');
