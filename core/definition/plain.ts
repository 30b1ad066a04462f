import {
  constructFromEvents,
  CORE_SCHEMA,
  defineMappingTag,
  parseEvents,
  type Event,
} from 'js-yaml';

/** Maps whose keys are texts, each there once: anything else is left to the one who can tell what is wrong. */
const plainMap = defineMappingTag<Record<string, unknown>>('tag:yaml.org,2002:map', {
  create: () => ({}),
  addPair(map, key, value) {
    if (typeof key !== 'string' || key === '<<' || key === '__proto__') return 'no plain key';
    map[key] = value;
    return '';
  },
  has: (map, key) => typeof key === 'string' && Object.hasOwn(map, key),
  keys: (map) => Object.keys(map),
  get: (map, key) => map[String(key)],
  identify: () => false,
});

const schema = CORE_SCHEMA.withTags(plainMap);

/** Line ends of old Macs, and byte order marks within: readers differ in what they make of them. */
const odd = /\r(?!\n)|(?!^)\ufeff/;

/** A document, and what its parser has met in it. */
export interface Plain {
  readonly value: unknown;
  readonly events: readonly Event[];
}

/**
 * Reads YAML text that is as plain as runbooks are: one document (null where there is none), texts as keys, no alias,
 * no tag but YAML's own, at most `depth` levels. Null where it is not, for whatever reason. Takes a quarter of the time
 * of the parser that tells what is wrong (js-yaml 5.5, yaml 2.9: docs/benchmarks.md).
 */
export function readPlain(text: string, depth: number): Plain | null {
  if (odd.test(text)) return null;
  try {
    // The library counts the document and a scalar as levels too.
    const events = parseEvents(text, { maxDepth: depth + 2 });
    const options = { source: text, schema, maxAliases: 0 };
    const [value = null, ...more] = constructFromEvents(events, options);
    return more.length === 0 ? { value, events } : null;
  } catch {
    return null;
  }
}
