import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt, fitting } from '../../core/excerpt.js';
import { list } from './api/kubectl.js';
import { nameOf, type Meta } from './api/objects.js';
import { listing } from './listing.js';
import { labelSelector, resourceKind } from './names.js';

/** Whether labels select exactly what they should. */
export const kubeSelected = defineAction({
  name: 'kube.selected',
  summary: 'Holds when a label selector finds exactly these objects, in all namespaces.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    kind: resourceKind.describe('Kind of the objects, such as services.'),
    selector: labelSelector.describe('Labels that they have, such as app=webpod.'),
    names: z
      .array(
        z
          .string()
          .max(320)
          .regex(/^(?:[a-z0-9-]+\/)?[A-Za-z0-9][A-Za-z0-9.:_-]*$/, 'write namespace/name'),
      )
      .max(256)
      .describe('The objects: namespace/name, or the name of kinds without namespaces.'),
  }),
  output: z.strictObject({
    names: z.array(z.string()).describe('Objects that the selector finds; as many as fit.'),
    more: z.int().describe('Objects that are left out.'),
  }),
  async check({ target }, { kind, selector, names }) {
    const options = ['--all-namespaces', `--selector=${selector}`];
    const found = (await list<{ readonly metadata: Meta }>(target, kind, options))
      .map(nameOf)
      .sort();
    const absent = names.filter((name) => !found.includes(name));
    const extra = found.filter((name) => !names.includes(name));
    const parts = [
      ...(absent.length === 0 ? [] : [`does not find ${listing(absent)}`]),
      ...(extra.length === 0 ? [] : [`finds ${listing(extra)} too`]),
    ];
    const { kept, more } = fitting(found, 900);
    return {
      before: null,
      drift: parts.length === 0 ? null : excerpt(`${kind} ${selector}: ${parts.join('; ')}`, 256),
      output: { names: kept, more },
    };
  },
  examples: [
    {
      title: 'An advertisement by this label announces one service alone',
      input: { kind: 'services', selector: 'app=webpod', names: ['default/webpod'] },
    },
    {
      title: 'Nobody has the old label any more',
      input: { kind: 'pods', selector: 'v=1', names: [] },
    },
  ],
  notes: `What is selected by labels (an advertisement, a pool, a network policy) takes whatever has them, in every
namespace, now and later: look before it is made.`,
});
