import { isUtf8 } from 'node:buffer';

/** The largest piece of output in one entry. */
export const maxPiece = 64 * 1024;

/** A piece of output as an entry holds it. */
export type Piece = { readonly text: string } | { readonly base64: string };

/** Bytes at the end that begin a character of UTF-8 and do not end it: 0 to 3. */
function openCharacter(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? back : 0;
  }
  return 0;
}

const samples = 512;

/** True where more than a third of the bytes are control characters; looks at some of them only. */
function mostlyControl(bytes: Buffer): boolean {
  const step = Math.max(1, Math.floor(bytes.length / samples));
  let seen = 0;
  let control = 0;
  for (let at = 0; at < bytes.length; at += step) {
    const byte = bytes[at] ?? 0;
    seen++;
    if (byte === 0x7f || (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) {
      control++;
    }
  }
  return control * 3 > seen;
}

function pieceOf(bytes: Buffer): Piece {
  return isUtf8(bytes) && !mostlyControl(bytes)
    ? { text: bytes.toString('utf8') }
    : { base64: bytes.toString('base64') };
}

/** Cuts a stream of bytes into pieces, never inside a character of UTF-8. */
export interface Cutter {
  push(chunk: Buffer): Piece[];
  end(): Piece[];
}

export function createCutter(size = maxPiece): Cutter {
  let kept = Buffer.alloc(0);
  return {
    push: (chunk) => {
      let bytes = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
      const pieces: Piece[] = [];
      while (bytes.length > 0) {
        const head = bytes.subarray(0, size);
        const cut = head.length - openCharacter(head);
        if (cut === 0) break;
        pieces.push(pieceOf(head.subarray(0, cut)));
        bytes = bytes.subarray(cut);
      }
      kept = Buffer.from(bytes);
      return pieces;
    },
    end: () => (kept.length === 0 ? [] : [pieceOf(kept)]),
  };
}
