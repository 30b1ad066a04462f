import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Entry } from '../../../worker/local/entry.js';
import { openJournal, readJournal } from '../../../worker/local/journal.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-journal-'));
  path = join(folder, 'run', 'journal.ndjson');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const begun = (call: number): Entry => ({
  type: 'begun',
  call,
  what: `step-${call} apply – “x”`,
  at: '2026-01-01T00:00:00.000Z',
});
const three = [begun(1), begun(2), begun(3)];

async function written(entries: readonly Entry[] = three): Promise<Buffer> {
  const journal = await openJournal(path);
  for (const entry of entries) await journal.append(entry);
  await journal.close();
  return readFileSync(path);
}

describe('a journal', () => {
  test('holds what was written, in order, and goes on behind it', async () => {
    await written();
    const again = await openJournal(path);
    expect(again.entries).toEqual(three);
    await again.append(begun(4));
    await again.close();
    expect(readJournal(path, readFileSync(path)).entries).toEqual([...three, begun(4)]);
  });

  test('that is cut off anywhere holds every line that is whole, and goes on behind the last', async () => {
    const bytes = await written();
    const ends = [...bytes].flatMap((byte, at) => (byte === 0x0a ? [at + 1] : []));
    for (let length = 0; length < bytes.length; length += 1) {
      const { entries, bytes: whole } = readJournal(path, bytes.subarray(0, length));
      expect(whole).toBe(ends.findLast((end) => end <= length) ?? 0);
      expect(entries).toEqual(three.slice(0, ends.filter((end) => end <= length).length));
    }
    writeFileSync(path, bytes.subarray(0, bytes.length - 5));
    const again = await openJournal(path);
    expect(again.entries).toEqual(three.slice(0, 2));
    await again.append(begun(5));
    await again.close();
    expect(readJournal(path, readFileSync(path)).entries).toEqual([begun(1), begun(2), begun(5)]);
  });

  test('with a hole where the power went leaves that line out', async () => {
    await written();
    appendFileSync(path, `{"seq":4,${'\0'.repeat(20)}}\n`);
    expect(readJournal(path, readFileSync(path)).entries).toEqual(three);
  });

  test('with any other byte than was written is refused, and says in which line', async () => {
    const bytes = await written();
    const [first = 0] = [...bytes].flatMap((byte, at) => (byte === 0x0a ? [at] : []));
    for (let at = 0; at < bytes.length - 1; at += 1) {
      const other = Buffer.from(bytes);
      other[at] = (other[at] ?? 0) ^ 0x01;
      if (at === first) expect(() => readJournal(path, other)).toThrow('line 1');
      else expect(() => readJournal(path, other)).toThrow(/line [123] (?:was|is|has)/);
    }
  });

  test('with a line missing, twice, or in another place is refused', async () => {
    const [one, two, last] = (await written()).toString('utf8').split('\n');
    for (const lines of [
      [two, last],
      [one, last],
      [one, one, two, last],
      [one, last, two],
    ]) {
      expect(() => readJournal(path, Buffer.from(`${lines.join('\n')}\n`))).toThrow(
        expect.objectContaining({ code: 'journal-unusable' }),
      );
    }
  });
});
