import { z } from 'zod';
import { codecSchema } from './codec.js';
import { approversSchema } from './approvers.js';
import { notifySchema } from './notify.js';
import { namePattern } from './runbook.js';
import { secretsSchema } from './secrets.js';

/** runbook.yaml: what makes a folder a project. */
export const projectSchema = z.strictObject({
  apiVersion: z.literal('runbook/v1'),
  name: z
    .string()
    .regex(namePattern, 'a project name is lower case words with hyphens')
    .describe('Name of the project.'),
  description: z.string().optional(),
  inventory: z
    .string()
    .min(1)
    .optional()
    .describe('Inventory file, relative to this one; inventory.yaml unless told.'),
  runbooks: z
    .array(z.string().min(1))
    .optional()
    .describe('Folders with runbooks, relative to this file; [runbooks] unless told.'),
  knownHosts: z
    .string()
    .min(1)
    .optional()
    .describe('Known host keys, relative to this file; known_hosts unless told.'),
  taskQueue: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Task queue of the project's workers; made from its name, its folder and the state folder unless told.",
    ),
  server: z
    .strictObject({
      profile: z.string().min(1).optional().describe('Profile of the Temporal configuration file.'),
      address: z.string().min(1).optional().describe('host:port of a Temporal server.'),
      namespace: z.string().min(1).optional().describe('Temporal namespace.'),
    })
    .optional()
    .describe(
      'Temporal server to use; without it (and without TEMPORAL_* variables) a local one is started.',
    ),
  notify: notifySchema
    .optional()
    .describe('Who is told of runs that park, wait or end. A run keeps what it was started with.'),
  secrets: secretsSchema
    .optional()
    .describe(
      'Secrets by the names that runbooks use, each with where its worker finds the value.',
    ),
  codec: codecSchema
    .optional()
    .describe('Encrypts what the server stores; RUNBOOK_CODEC_KEYS goes before it.'),
  approvers: approversSchema
    .optional()
    .describe('Who may approve, and how votes are signed. A run keeps what it was started with.'),
});
export type ProjectFile = z.output<typeof projectSchema>;
