/** File systems allow 255 bytes in a name; suffixes need some of them. */
const maxName = 180;

/**
 * A name for a file or folder that stands for `text`: letters, digits, `.`, `_` and `-` stay, other
 * bytes become `%XX`, and so do dots at the beginning, so that no name leads out of its folder. Two
 * different texts never give the same name; long ones end with a hash.
 * @param sha256 hash of a text, in hexadecimal
 */
export function fileName(text: string, sha256: (text: string) => string): string {
  const encoded = [...new TextEncoder().encode(text)]
    .map((byte, at) => {
      const char = String.fromCharCode(byte);
      const plain = /[A-Za-z0-9_-]/.test(char) || (char === '.' && at > 0);
      return plain ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
  if (encoded !== '' && encoded.length <= maxName) return encoded;
  return `${encoded.slice(0, maxName - 34)}%-${sha256(text).slice(0, 32)}`;
}

/** Name of a run's file in the archive, without its `.json`. That of an item's run is no id of any other run. */
export function archiveName(run: string): string {
  return run.replace(/[^A-Za-z0-9._/-]/g, '_').replaceAll('/', '%2F');
}
