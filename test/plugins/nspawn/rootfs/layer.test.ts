import { describe, expect, test } from '@jest/globals';
import {
  layerFiles,
  layerId,
  layersDiffer,
  listing,
  packed,
} from '../../../../plugins/nspawn/rootfs/layer.js';
import { parseRootfs } from '../../../../plugins/nspawn/rootfs/look.js';

const facts = {
  authorizedKeys: ['ssh-ed25519 AAAA lab'],
  hosts: { router: '192.168.10.200', 'k8s-w0': '192.168.20.100' },
  nameservers: [],
};

describe('the layer of a lab', () => {
  test('has keys, names, and a resolver that says why there is none', () => {
    const files = layerFiles(facts);
    const text = (path: string): string => files.find((file) => file.path === path)?.text ?? '';
    expect(text('etc/hosts')).toContain('192.168.20.100 k8s-w0\n');
    expect(text('etc/ssh/lab_authorized_keys')).toBe('ssh-ed25519 AAAA lab\n');
    expect(text('etc/resolv.conf')).toBe('# This lab has no name server.\n');
    expect(text('etc/ssh/sshd_config.d/10-lab.conf')).toContain(
      'HostKey /etc/ssh/ssh_host_ed25519_key\n',
    );
  });

  test('equal layers have equal names, in any order of their files', () => {
    const lines = listing(layerFiles(facts));
    expect(layerId(lines)).toBe(layerId(lines.toReversed()));
    expect(layerId(lines)).not.toBe(layerId(listing(layerFiles({ ...facts, hosts: {} }))));
  });

  test('tells which files differ', () => {
    const lines = listing(layerFiles(facts));
    expect(layersDiffer(lines, lines)).toBeNull();
    const other = listing(layerFiles({ ...facts, hosts: {}, nameservers: ['10.0.0.53'] }));
    expect(layersDiffer(lines, other)).toBe('etc/hosts, etc/resolv.conf');
    expect(layersDiffer([...lines, 'abc 644 0:0 etc/a file'], lines)).toBe('etc/a file');
  });

  test('travels as one line a file', () => {
    const [first] = packed([{ path: 'etc/x', mode: '644', text: 'a\nb\n' }]).split('\n');
    expect(first).toBe('etc/x 644 YQpiCg==');
  });
});

describe('what there is of a root file system', () => {
  test('a base that lacks something, a layer, a key', () => {
    const seen = parseRootfs(
      'layer yes\nfile b 644 0:0 etc/b\nfile a 644 0:0 etc/a b\nbase yes\nlacks sshd (openssh-server)\nkey ssh-ed25519 AAAA lab\ncomplete\n',
    );
    expect(seen).toEqual({
      layer: ['a 644 0:0 etc/a b', 'b 644 0:0 etc/b'],
      base: true,
      lacks: ['sshd (openssh-server)'],
      publicKey: 'ssh-ed25519 AAAA',
    });
  });

  test('nothing', () => {
    expect(parseRootfs('complete\n')).toEqual({
      layer: null,
      base: false,
      lacks: [],
      publicKey: null,
    });
    expect(() => parseRootfs('layer yes\n')).toThrow('cut off');
  });
});
