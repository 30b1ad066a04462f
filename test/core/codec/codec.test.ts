import { expect, test } from '@jest/globals';
import { createCodec, type Payload } from '../../../core/codec/codec.js';
import { newKey, parseKeys, type CodecKey } from '../../../core/codec/keys.js';

const key = (id: string): CodecKey => parseKeys(newKey(id), 'x')[0] as CodecKey;
const [old, young] = [key('old'), key('young')];
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const plain: Payload = {
  metadata: { encoding: bytes('json/plain'), more: Uint8Array.from([0, 255, 128]) },
  data: bytes('{"note":"canary-of-the-codec"}'),
};
const shown = (payload: Payload | undefined): string =>
  JSON.stringify(payload, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
const unreadable = (message: string) =>
  expect.objectContaining({
    code: 'keys-unavailable',
    class: 'permanent',
    message: expect.stringContaining(message),
  });

test('what is encrypted shows the name of its key alone, and comes back as it was', async () => {
  const codec = createCodec([old]);
  const [sealed, again] = await codec.encode([plain, plain]);
  expect(shown(sealed)).not.toContain('canary');
  expect(shown(sealed)).not.toContain('json/plain');
  expect(shown(sealed)).toContain('"encryption-key-id":"old"');
  expect(shown(sealed)).not.toBe(shown(again));
  expect((await codec.decode([sealed as Payload, again as Payload])).map(shown)).toEqual([
    shown(plain),
    shown(plain),
  ]);
});

test.each([{}, { data: new Uint8Array() }, { metadata: { encoding: bytes('binary/null') } }])(
  'a payload with little in it comes back: %j',
  async (payload: Payload) => {
    const codec = createCodec([old]);
    const [back] = await codec.decode(await codec.encode([payload]));
    expect(shown(back)).toBe(
      shown({ metadata: payload.metadata ?? {}, data: payload.data ?? new Uint8Array() }),
    );
  },
);

test('the first key encrypts, and every one of them decrypts', async () => {
  const [before] = await createCodec([old]).encode([plain]);
  const turned = createCodec([young, old]);
  const [after] = await turned.encode([plain]);
  expect(shown(after)).toContain('"encryption-key-id":"young"');
  const both = await turned.decode([before as Payload, after as Payload]);
  expect(both.map(shown)).toEqual([shown(plain), shown(plain)]);
});

test('what is older than the keys stays readable, and no keys change nothing', async () => {
  expect(await createCodec([old]).decode([plain])).toEqual([plain]);
  expect(await createCodec([]).encode([plain])).toEqual([plain]);
});

test('a key that is not there is named', async () => {
  const sealed = await createCodec([old]).encode([plain]);
  await expect(createCodec([young]).decode(sealed)).rejects.toEqual(
    unreadable("encrypted with the key 'old', and here are: young"),
  );
  await expect(createCodec([]).decode(sealed)).rejects.toEqual(unreadable('there are none here'));
});

test('another key of the same name, and changed data, open nothing', async () => {
  const [sealed] = (await createCodec([old]).encode([plain])) as [Payload];
  await expect(createCodec([key('old')]).decode([sealed])).rejects.toEqual(
    unreadable("the key 'old' does not open"),
  );
  const length = sealed.data?.length ?? 0;
  for (const at of [0, 12, length - 1]) {
    const data = Uint8Array.from(sealed.data ?? []);
    data[at] = (data[at] ?? 0) ^ 1;
    await expect(createCodec([old]).decode([{ ...sealed, data }])).rejects.toEqual(
      unreadable('does not open'),
    );
  }
  const renamed = { ...sealed.metadata, 'encryption-key-id': bytes('new') };
  await expect(
    createCodec([{ ...old, id: 'new' }]).decode([{ ...sealed, metadata: renamed }]),
  ).rejects.toEqual(unreadable('does not open'));
  await expect(createCodec([old]).decode([{ ...sealed, data: bytes('x') }])).rejects.toEqual(
    unreadable('does not open'),
  );
});
