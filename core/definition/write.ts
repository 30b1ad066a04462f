import { isScalar, parseDocument, stringify, visit } from 'yaml';

/** YAML text of a JSON value, as people write it. */
export function writeYaml(value: unknown): string {
  return stringify(value, { lineWidth: 100 });
}

/** A value in YAML's short form, such as `[a, b]` or `{x: 1}`; undefined where the text is none. */
export function readValue(text: string): unknown {
  const document = parseDocument(text, { uniqueKeys: true, merge: false, version: '1.2' });
  let plain = document.errors.length === 0;
  visit(document, {
    Pair(_key, pair) {
      if (!isScalar(pair.key) || typeof pair.key.value !== 'string') plain = false;
    },
    Alias() {
      plain = false;
    },
  });
  return plain ? (document.toJS() as unknown) : undefined;
}
