// Errors of Node's own modules are of another realm than ours where code runs in a vm, as in tests:
// they are read by shape, never by `instanceof`.

function field(thrown: unknown, name: string): unknown {
  return typeof thrown === 'object' && thrown !== null
    ? (thrown as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** The code of a system error, such as `ENOENT`; empty where there is none. */
export function codeOf(thrown: unknown): string {
  const code = field(thrown, 'code');
  return typeof code === 'string' ? code : '';
}

/** What a thrown value says of itself. */
export function messageOf(thrown: unknown): string {
  const message = field(thrown, 'message');
  return typeof message === 'string' ? message : String(thrown);
}
