import { z } from 'zod';
import { toldKinds } from '../run/notices.js';
import { namePattern } from './runbook.js';

const fromEnvironment = z.strictObject({
  env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'not a name of an environment variable')
    .describe('Environment variable of the worker that holds the value.'),
});

function webUrl(text: string): URL | null {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return null;
  return new URL(text);
}

const url = z
  .string()
  .refine((text) => webUrl(text) !== null, 'not a web address: write http://… or https://…')
  .refine((text) => {
    const found = webUrl(text);
    return found === null || (found.username === '' && found.password === '');
  }, 'a web address holds no user or password: put them into a header, with { env: NAME }');

/** What the delivery itself sets. */
const own = new Set(['connection', 'content-length', 'content-type', 'host', 'transfer-encoding']);

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'not a name of a header')
  .refine((name) => !own.has(name.toLowerCase()), 'this header is set by the delivery itself');

const secretName = /authorization|cookie|token|secret|passw|(?:^|[-_])(?:api)?key$/i;

/** A header's value stands in the history of every run: what its name says is secret may not. */
const headers = z
  .record(
    headerName,
    z.union([
      z.string().regex(/^[\t\x20-\x7e]*$/, 'a header is one line of plain characters'),
      fromEnvironment,
    ]),
  )
  .superRefine((value, context) => {
    for (const [name, header] of Object.entries(value)) {
      if (typeof header !== 'string' || !secretName.test(name)) continue;
      context.addIssue({
        code: 'custom',
        path: [name],
        message: 'this looks like a secret: write { env: NAME } instead of the value',
      });
    }
  });

const receiverBase = {
  id: z
    .string()
    .regex(namePattern, 'an id is lower case words with hyphens, such as on-call')
    .max(63)
    .describe('Name of the receiver.'),
  on: z
    .array(z.enum(toldKinds))
    .min(1, 'name at least one, or leave it out for all')
    .optional()
    .describe(
      'What it is told: a step parked; a person must do something; an approval is asked for; the run has ended; drift that a schedule looks for has changed. All unless told.',
    ),
};

const webhook = z.strictObject({
  url: z.union([url, fromEnvironment]).describe('Web address that events are posted to.'),
  headers: headers.optional().describe('Further headers of the request.'),
});

const argument = z
  .string()
  .refine((text) => !text.includes('\u0000'), 'an argument holds no NUL character');
const command = z
  .array(argument)
  .min(1, 'a command needs a program')
  .refine(([program]) => program !== '', 'a command needs a program')
  .describe(
    'Program with its arguments, run in the folder of the project; the event is its input.',
  );

const receiver = z.union([
  z.strictObject({ ...receiverBase, webhook: webhook.describe('Posts events to a web address.') }),
  z.strictObject({ ...receiverBase, command }),
]);
/** Who is told of what happens in runs, and how. */
export type Receiver = z.output<typeof receiver>;
export type Webhook = z.output<typeof webhook>;

/** The receivers of a project. */
export const notifySchema = z.array(receiver).superRefine((receivers, context) => {
  for (const [index, { id }] of receivers.entries()) {
    if (receivers.findIndex((one) => one.id === id) === index) continue;
    context.addIssue({ code: 'custom', path: [index, 'id'], message: `'${id}' is there twice` });
  }
});
