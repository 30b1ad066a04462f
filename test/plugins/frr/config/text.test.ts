import { describe, expect, test } from '@jest/globals';
import { enable, isEnabled } from '../../../../plugins/frr/config/daemons.js';
import { unshown } from '../../../../plugins/frr/config/defaults.js';
import { maskSecrets } from '../../../../plugins/frr/config/mask.js';
import { runFolder } from '../../../../plugins/frr/config/router.js';
import {
  candidateOf,
  fillSecrets,
  profileOf,
  runningSum,
  wantsSplitFiles,
} from '../../../../plugins/frr/config/text.js';
import { captured } from '../captures.js';

const running = captured('running.txt');

describe('what a reload is given', () => {
  test('host name and forwarding stay as they are where the content does not speak of them', () => {
    const content = 'router bgp 65000\nexit\n';
    expect(candidateOf(content, running)).toEqual({
      text: 'hostname router\nno ipv6 forwarding\nrouter bgp 65000\nexit\n',
      offset: 2,
    });
  });

  test('the content has the last word', () => {
    const content = 'hostname edge\nno ip forwarding\nipv6 forwarding\n';
    expect(candidateOf(content, running).text).toBe('hostname edge\nno ip forwarding\n!\n');
  });

  test('lines that FRR shows in its own way do not count, and keep their place', () => {
    const content =
      'frr version 7.5\nfrr defaults traditional\nhostname router\nno ipv6 forwarding\n';
    expect(candidateOf(content, running)).toEqual({
      text: '!\n!\nhostname router\nno ipv6 forwarding\n',
      offset: 0,
    });
  });

  test('profiles and files per daemon are recognised', () => {
    expect(profileOf(running)).toBe('traditional');
    expect(profileOf('frr  defaults  datacenter\n')).toBe('datacenter');
    expect(profileOf('hostname x\n')).toBeNull();
    expect(wantsSplitFiles('no service integrated-vtysh-config\n')).toBe(true);
    expect(wantsSplitFiles(running)).toBe(false);
  });
});

describe('the sum of a running configuration', () => {
  test('does not depend on order, comments and the header', () => {
    const other = `frr version 8.4.4
frr defaults traditional
no ipv6 forwarding
hostname router
log syslog informational
service integrated-vtysh-config
router bgp 65000
 bgp router-id 192.168.10.200
 neighbor CILIUM peer-group
 neighbor CILIUM remote-as external
 neighbor 192.168.20.100 peer-group CILIUM
 neighbor 192.168.10.101 peer-group CILIUM
 neighbor 192.168.10.100 peer-group CILIUM
 no bgp ebgp-requires-policy
 bgp graceful-restart
 bgp bestpath as-path multipath-relax
 address-family ipv4 unicast
  maximum-paths 4
  network 10.10.1.0/24
 exit-address-family
exit
`;
    expect(runningSum(other)).toBe(runningSum(running));
  });

  test('depends on every line, and on the block that it is in', () => {
    expect(runningSum(running.replace('maximum-paths 4', 'maximum-paths 5'))).not.toBe(
      runningSum(running),
    );
    expect(runningSum('a\n x\nb\n')).not.toBe(runningSum('a\nb\n x\n'));
  });
});

describe('daemons', () => {
  const shipped = captured('daemons.txt');

  test('are enabled in their line, and nothing else changes', () => {
    expect(isEnabled(shipped, 'bgpd')).toBe(true);
    expect(isEnabled(shipped, 'ospfd')).toBe(false);
    const changed = enable(shipped, ['bgpd', 'ospfd']);
    expect(changed).toBe(shipped.replace('ospfd=no', 'ospfd=yes'));
    expect(enable(changed, ['ospfd'])).toBe(changed);
  });

  test.each([
    ['', 'bgpd=yes\n'],
    ['# none', '# none\nbgpd=yes\n'],
    ['bgpd="no"\n', 'bgpd=yes\n'],
    ['#bgpd=yes\n', '#bgpd=yes\nbgpd=yes\n'],
    ['bgpd_options="-A"\n', 'bgpd_options="-A"\nbgpd=yes\n'],
    ['bgpd=yes # once\nbgpd=0\n', 'bgpd=yes\nbgpd=yes\n'],
    ["bgpd='yes'\n", "bgpd='yes'\n"],
  ])('%j becomes %j', (text, wanted) => {
    expect(enable(text, ['bgpd'])).toBe(wanted);
    expect(isEnabled(enable(text, ['bgpd']), 'bgpd')).toBe(true);
  });
});

describe('lines that FRR does not show', () => {
  test.each([
    ['bgp graceful-restart restart-time 120', null],
    ['timers bgp 60 180', null],
    ['neighbor 10.0.0.1 ebgp-multihop', 'neighbor 10.0.0.1 ebgp-multihop 255'],
    ['neighbor X maximum-prefix 100 75', 'neighbor X maximum-prefix 100'],
  ])('%s', (line, instead) => {
    expect(unshown(line, 'traditional')).toEqual({ instead });
  });

  test.each(['bgp graceful-restart restart-time 60', 'timers bgp 3 9', 'network 10.0.0.0/8'])(
    '%s is shown',
    (line) => {
      expect(unshown(line, 'traditional')).toBeNull();
    },
  );

  test('another profile has other defaults', () => {
    expect(unshown('timers bgp 60 180', 'datacenter')).toBeNull();
  });
});

describe('secrets', () => {
  test('come into the content, byte for byte', () => {
    expect(fillSecrets('neighbor X password @tor@', { tor: '$&$1' })).toBe(
      'neighbor X password $&$1\n',
    );
  });

  test('are never shown', () => {
    const text = `enable password 8 abc
neighbor 10.0.0.1 password hush
 ip ospf message-digest-key 1 md5 hush
 key-string hush
bgp router-id 1.2.3.4 of-hush`;
    expect(maskSecrets(text, ['of-hush'])).toBe(`enable password 8 ***
neighbor 10.0.0.1 password ***
 ip ospf message-digest-key 1 md5 ***
 key-string ***
bgp router-id 1.2.3.4 ***`);
  });
});

test('the folder of a run has a plain name', () => {
  expect(runFolder('node-maintenance-20261123-1')).toBe('node-maintenance-20261123-1');
  expect(runFolder('a/b/../c')).toMatch(/^a_b_+c-[0-9a-f]{8}$/);
});
