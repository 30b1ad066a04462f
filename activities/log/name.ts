import { createHash } from 'node:crypto';

/** File systems allow 255 bytes in a name; suffixes need some of them. */
const maxName = 180;

/**
 * A name for a file or folder that stands for `text`: letters, digits, `.`, `_` and `-` stay, other
 * bytes become `%XX`, and so do dots at the beginning, so that no name leads out of its folder. Two
 * different texts never give the same name; long ones end with a hash.
 */
export function fileName(text: string): string {
  const encoded = [...Buffer.from(text, 'utf8')]
    .map((byte, at) => {
      const char = String.fromCharCode(byte);
      const plain = /[A-Za-z0-9_-]/.test(char) || (char === '.' && at > 0);
      return plain ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
  if (encoded !== '' && encoded.length <= maxName) return encoded;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return `${encoded.slice(0, maxName - 34)}%-${hash}`;
}
