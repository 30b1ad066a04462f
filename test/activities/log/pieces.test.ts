import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createCutter, maxPiece, type Piece } from '../../../activities/log/pieces.js';

function cut(bytes: Buffer, size: number, pieceSize?: number): Piece[] {
  const cutter = createCutter(pieceSize);
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length; at += size)
    pieces.push(...cutter.push(bytes.subarray(at, at + size)));
  return [...pieces, ...cutter.end()];
}

function joined(pieces: readonly Piece[]): Buffer {
  return Buffer.concat(
    pieces.map((piece) =>
      'text' in piece ? Buffer.from(piece.text) : Buffer.from(piece.base64, 'base64'),
    ),
  );
}

describe('pieces', () => {
  test('of text never cut a character, whatever the chunks', () => {
    const text = 'aé漢🦀\n'.repeat(500);
    for (const size of [1, 2, 3, 4, 5, 7, 1000]) {
      for (const pieceSize of [4, 5, 64, maxPiece]) {
        const pieces = cut(Buffer.from(text), size, pieceSize);
        expect(pieces.every((piece) => 'text' in piece)).toBe(true);
        expect(joined(pieces).toString()).toBe(text);
      }
    }
  });

  test('of any bytes give the same bytes', () => {
    for (let round = 0; round < 50; round++) {
      const bytes = randomBytes(1 + round * 7);
      expect(joined(cut(bytes, 1 + (round % 9), 16))).toEqual(bytes);
    }
  });

  test('of control characters are base64, of colours text', () => {
    expect(cut(Buffer.alloc(100), 100)).toEqual([{ base64: Buffer.alloc(100).toString('base64') }]);
    const colours = '\u001b[32mok\u001b[0m all is well, nothing to see here\r\n';
    expect(cut(Buffer.from(colours), 100)).toEqual([{ text: colours }]);
  });

  test('are small', () => {
    const pieces = cut(Buffer.alloc(maxPiece * 3 + 5, 'x'), maxPiece * 4);
    expect(pieces.map((piece) => ('text' in piece ? piece.text.length : -1))).toEqual([
      maxPiece,
      maxPiece,
      maxPiece,
      5,
    ]);
  });

  test('a character that the end cuts is kept as its bytes', () => {
    expect(joined(cut(Buffer.from([0x61, 0xe6, 0xbc]), 1))).toEqual(
      Buffer.from([0x61, 0xe6, 0xbc]),
    );
  });
});
