/** One repository of apt's configuration, from either of its formats (man sources.list). */
export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Path of a keyring file; absent for apt's own trusted keys. */
  readonly signedBy?: string;
  /** The administrator told apt not to check signatures of it. */
  readonly trusted: boolean;
}

/** Binary package repositories of a `.list` file: one per line, in order; comments and `deb-src` are left out. */
export function parseOneLineSources(text: string): readonly AptSource[] {
  return text.split('\n').flatMap((line) => {
    const found = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (found === null) return [];
    const [, options = '', uri = '', suite = '', components = ''] = found;
    const option = (name: string): string | undefined =>
      new RegExp(`(?:^|\\s)${name}=(\\S+)`, 'i').exec(options)?.[1];
    return [source([uri], [suite], words(components), option('signed-by'), option('trusted'))];
  });
}

/** Enabled binary package repositories of a `.sources` file (deb822): one per stanza. */
export function parseDeb822Sources(text: string): readonly AptSource[] {
  const withoutComments = text.replaceAll(/^#.*\n?/gm, '');
  return withoutComments.split(/\n[ \t]*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    // a field goes on in lines that begin with a space
    for (const field of stanza
      .replaceAll(/\n[ \t]+/g, '\n ')
      .replaceAll('\n ', ' ')
      .split('\n')) {
      const colon = field.indexOf(':');
      if (colon > 0)
        fields.set(field.slice(0, colon).trim().toLowerCase(), field.slice(colon + 1).trim());
    }
    const list = (name: string): readonly string[] => words(fields.get(name) ?? '');
    if (!list('types').includes('deb') || /^(no|false|0)$/i.test(fields.get('enabled') ?? ''))
      return [];
    const keys = fields.get('signed-by');
    return [source(list('uris'), list('suites'), list('components'), keys, fields.get('trusted'))];
  });
}

function source(
  uris: readonly string[],
  suites: readonly string[],
  components: readonly string[],
  signedBy: string | undefined,
  trusted: string | undefined,
): AptSource {
  const keyring = signedBy?.startsWith('/') ? { signedBy } : {}; // else a key written into the file itself
  return { uris, suites, components, trusted: /^(yes|true|1)$/i.test(trusted ?? ''), ...keyring };
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
