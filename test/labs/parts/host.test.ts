import { expect, test } from '@jest/globals';
import { parseOsRelease } from '../../../labs/parts/builder/facts.js';
import { requiredVersion } from '../../../labs/parts/builder/go.js';
import { olderThan } from '../../../labs/parts/builder/prerequisites.js';
import { parseLdd } from '../../../labs/parts/image/programs.js';

test('os-release tells distribution and suite, quoted or not', () => {
  const debian = 'PRETTY_NAME="Debian"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n';
  expect(parseOsRelease(debian)).toMatchObject({ distribution: 'debian', suite: 'bookworm' });
  expect(parseOsRelease('ID="ubuntu"\nID_LIKE=debian\nVERSION_CODENAME="noble"\n')).toMatchObject({
    distribution: 'ubuntu',
    suite: 'noble',
  });
  expect(parseOsRelease('ID=arch\n')).toBeUndefined();
});

test('versions of Go', () => {
  expect(olderThan('go1.24.9', '1.25')).toBe(true);
  expect(olderThan('go1.25', '1.25')).toBe(false);
  expect(olderThan('go1.26.8', '1.25')).toBe(false);
  expect(olderThan('go2.0', '1.25')).toBe(false);
  expect(olderThan('devel go1.27-abc', '1.25')).toBe(false);
});

test('the version of a part is the one that its go.mod requires', () => {
  expect(requiredVersion('kubernetes', 'k8s.io/kubernetes')).toMatch(/^v1\.\d+\.\d+$/);
  expect(() => requiredVersion('kubernetes', 'example.invalid/none')).toThrow('does not require');
});

test('ldd names libraries and the loader, each once', () => {
  const output = `/usr/sbin/nft:
	linux-vdso.so.1 (0x00007ffd5a9f2000)
	libnftables.so.1 => /lib/x86_64-linux-gnu/libnftables.so.1 (0x00007f1)
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f2)
	/lib64/ld-linux-x86-64.so.2 (0x00007f3)
/usr/bin/ip:
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f4)
`;
  expect(parseLdd(output)).toEqual([
    '/lib/x86_64-linux-gnu/libc.so.6',
    '/lib/x86_64-linux-gnu/libnftables.so.1',
    '/lib64/ld-linux-x86-64.so.2',
  ]);
  expect(() => parseLdd('\tlibz3.so.4 => not found\n')).toThrow('libz3.so.4');
});
