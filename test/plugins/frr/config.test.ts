import { afterAll, describe, expect } from '@jest/globals';
import { frrConfig } from '../../../plugins/frr/config.js';
import { frrConfigFits } from '../../../plugins/frr/config-fits.js';
import { attempt, type Attempt } from '../../laws/attempt.js';
import { laws, lawsIn } from '../../laws.js';
import { needs } from '../../needs.js';
import { createStage } from '../../targets/situation.js';
import { base, createMachine, createNet, routerNeeds, type Net } from './router.js';

const test = needs(routerNeeds);

/** FRR as at first: bgpd enabled and running, configured as `base`, with a copy of the daemons file as it was shipped. */
const clean = `
cd /etc/frr
[ -f /root/daemons ] || cp -p daemons /root/daemons
rm -rf frr.conf.sav frr.conf.runbook daemons.runbook /var/lib/runbook
cp -p /root/daemons daemons; sed -i 's/^bgpd=.*/bgpd=yes/' daemons; chown frr:frr daemons
rm -f frr.conf; cat > frr.conf <<'C'
${base}C
chown frr:frr frr.conf; chmod 640 frr.conf
case "$(vtysh -c 'show daemons' 2>/dev/null || :)" in
*ospfd*|'') up=no ;;
*bgpd*) up=yes ;;
*) up=no ;;
esac
if [ "$up" = yes ]; then
  /usr/lib/frr/frr-reload.py --reload /etc/frr/frr.conf >/dev/null
else
  /usr/lib/frr/frrinit.sh stop >/dev/null 2>&1 || :
  /usr/lib/frr/frrinit.sh start >/dev/null 2>&1
  for i in $(seq 50); do vtysh -c 'show running-config' 2>/dev/null | grep -q 'router bgp' && break; sleep 0.1; done
fi
`;
const look = `
vtysh -c 'show daemons' 2>/dev/null | tr ' ' '\\n' | sort || :
vtysh -c 'show running-config no-header' 2>/dev/null || :
find /etc/frr -printf '%P %y %m %u:%g\\n' | LC_ALL=C sort
sha256sum /etc/frr/frr.conf /etc/frr/daemons 2>/dev/null || :
sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding
ls /run/frr
`;
const stage = createStage(clean, look, createMachine);

const changed = base
  .replace(' neighbor 10.0.0.13 peer-group NODES\n', ' neighbor 10.0.0.14 peer-group NODES\n')
  .replace('maximum-paths 4', 'maximum-paths 8');
const stop = '/usr/lib/frr/frrinit.sh stop >/dev/null 2>&1';
const noBgp = `
sed -i 's/^bgpd=.*/bgpd=no/' daemons
printf 'hostname router\\nlog syslog informational\\nno ipv6 forwarding\\n' > frr.conf
/usr/lib/frr/frrinit.sh reload >/dev/null 2>&1`;

const cases = [
  stage.situation(
    'what runs was never saved, and the file is of somebody else',
    `vtysh -c 'conf t' -c 'router bgp 65000' -c 'neighbor 10.0.0.77 remote-as 65077' >/dev/null
     chmod 644 frr.conf; chown root:root frr.conf; echo '! by hand' >> frr.conf`,
    { content: changed },
  ),
  stage.situation('a daemon that does not run', noBgp, { content: base, daemons: ['bgpd'] }),
  stage.situation(
    'FRR that does not run',
    `${stop}; sed -i 's/^bgpd=.*/bgpd=no/' daemons; rm frr.conf`,
    { content: base, daemons: ['bgpd'] },
  ),
  stage.situation('as wanted', ':', { content: base, daemons: ['bgpd'] }, { finds: 'nothing' }),
];

laws(frrConfig, {
  test,
  killPoints: 2,
  timeoutMs: 240_000,
  cases: [stage.situation('one neighbour for another', ':', { content: changed })],
  bad: [
    { title: 'nothing', input: {} },
    { title: 'an empty configuration', input: { content: ' \n' } },
    { title: 'a NUL', input: { content: 'hostname a\0b\n' } },
    { title: 'a carriage return', input: { content: 'hostname a\r\n' } },
    { title: 'more than 64 KiB', input: { content: '!'.repeat(65_537) } },
    { title: 'a daemon that is none', input: { content: base, daemons: ['bgpd; reboot'] } },
    { title: 'a daemon that always runs', input: { content: base, daemons: ['zebra'] } },
    { title: 'a secret that stands nowhere', input: { content: base, secrets: { a: 'x' } } },
    { title: 'a secret of two lines', input: { content: '@a@', secrets: { a: 'x\ny' } } },
    { title: 'an unknown field', input: { content: base, daemon: ['bgpd'] } },
  ],
});

const facts = { asn: 65000, address: '10.0.0.1', neighbors: ['10.0.0.11', '10.0.0.14'] };

laws(frrConfigFits, {
  test,
  timeoutMs: 120_000,
  cases: [
    stage.situation(
      'one neighbour for another, in the block',
      ':',
      { content: changed, ...facts },
      { finds: 'nothing' },
    ),
    stage.situation(
      'what others have added outside of the block since',
      `vtysh -c 'conf t' -c 'ip prefix-list A seq 5 permit any' >/dev/null`,
      { content: changed, ...facts },
    ),
    stage.situation('a neighbour too few', ':', { content: base, ...facts }),
  ],
  bad: [
    { title: 'no content', input: { asn: 65000 } },
    { title: 'a number that is none', input: { content: base, asn: 0 } },
    { title: 'a name as an address', input: { content: base, ...facts, address: 'router' } },
    { title: 'an option as a neighbour', input: { content: base, asn: 1, neighbors: ['-c'] } },
    { title: 'an unknown field', input: { content: base, ...facts, via: '10.0.0.1' } },
  ],
});

describe('laws of frr.config in other situations', () => {
  for (const situation of cases) {
    describe(situation.title, () => {
      // A router takes seconds to be arranged: workers die in the first situation only.
      const quick = lawsIn(frrConfig, situation).filter(({ title }) => !title.includes('killed'));
      for (const { title, prove } of quick) test(title, prove, 120_000);
    });
  }
});

async function worker(input: object): Promise<Attempt> {
  const { target } = await stage.sandbox();
  return attempt(frrConfig, { target, input, cleanup: () => Promise.resolve() });
}

async function arranged(script: string, input: object): Promise<Attempt> {
  const { sh } = await stage.sandbox();
  await sh(`${clean}\n${script}`);
  return worker(input);
}

describe('frr.config on a real router', () => {
  test('a file with faults is refused with its line, and nothing is touched', async () => {
    const bad = changed.replace(' bgp graceful-restart\n', ' bgp gracefull-restart\n');
    const step = await arranged(':', { content: bad.replace('hostname router\n', '!\n') });
    const { sh } = await stage.sandbox();
    const before = await sh(look);
    await expect(step.check()).rejects.toMatchObject({
      code: 'input-invalid',
      class: 'permanent',
      message: expect.stringMatching(/line 9: Unknown command/),
    });
    await expect(
      step.apply({ running: null, conf: null, daemons: null, active: [] }),
    ).rejects.toMatchObject({ code: 'input-invalid' });
    expect(await sh(look)).toBe(before);
  }, 30_000);

  test('what the content does not speak of stays: host name, forwarding', async () => {
    const content = changed.replace('hostname router\n', '').replace('no ipv6 forwarding\n', '');
    const step = await arranged(':', { content });
    const { before, drift } = await step.check();
    expect(drift).not.toMatch(/hostname|forwarding/);
    await step.apply(before);
    expect((await step.check()).drift).toBeNull();
    const { sh } = await stage.sandbox();
    expect(await sh('sysctl -n net.ipv6.conf.all.forwarding; hostname')).toBe('0\nrouter\n');
    expect(await sh('cat /etc/frr/frr.conf')).toBe(content);
  }, 30_000);

  for (const [is, becomes, code, why] of [
    [
      ' bgp graceful-restart\n',
      ' bgp graceful-restart\n bgp graceful-restart restart-time 120\n',
      'input-invalid',
      /does not show 'bgp graceful-restart restart-time 120'/,
    ],
    [
      'frr defaults traditional',
      'frr defaults datacenter',
      'refused',
      /runs with the defaults 'traditional', and the content wants 'datacenter'/,
    ],
    [
      'hostname router\n',
      'hostname router\nno service integrated-vtysh-config\n',
      'refused',
      /one file per daemon/,
    ],
  ] as const) {
    test(`what a reload cannot bring about is refused: ${JSON.stringify(becomes.trim())}`, async () => {
      const step = await arranged(':', { content: changed.replace(is, becomes) });
      await expect(step.check()).rejects.toMatchObject({
        code,
        class: 'permanent',
        message: expect.stringMatching(why),
      });
    }, 30_000);
  }

  test('passwords come into the configuration, and into no word of ours', async () => {
    const content = changed.replace(
      'neighbor NODES remote-as external\n',
      'neighbor NODES remote-as external\n neighbor NODES password @tor@\n',
    );
    const step = await arranged(':', { content, secrets: { tor: 'ho-ho-ho' } });
    const { before, drift } = await step.check();
    expect(drift).toMatch(/neighbor NODES password \*\*\*/);
    expect(await step.apply(before)).toMatchObject({ changes: 0 });
    const { sh } = await stage.sandbox();
    expect(await sh('grep -c "password ho-ho-ho" /etc/frr/frr.conf')).toBe('1\n');
    expect(await sh('stat -c "%a %U:%G" /etc/frr/frr.conf')).toBe('640 frr:frr\n');
    expect(JSON.stringify(before)).not.toContain('ho-ho-ho');
    await step.undo(before);
    expect(await step.restored(before)).toBeNull();
  }, 60_000);

  test('a line that FRR takes and does not show is told after the reload', async () => {
    const line = ' neighbor NODES timers connect 1\n';
    const content = changed.replace(line, `${line} no neighbor NODES passive\n`);
    const step = await arranged(':', { content });
    const { before } = await step.check();
    await expect(step.apply(before)).rejects.toMatchObject({
      code: 'not-settled',
      class: 'permanent',
      message: expect.stringMatching(/still lacks router bgp 65000 › no neighbor NODES passive/),
    });
    await step.undo(before);
    expect(await step.restored(before)).toBeNull();
  }, 60_000);

  test('a daemon that is needed and not named leaves the configuration incomplete, and says so', async () => {
    const step = await arranged(noBgp, { content: base });
    const { before } = await step.check();
    await expect(step.apply(before)).rejects.toMatchObject({
      code: 'not-settled',
      message: expect.stringMatching(/still lacks router bgp 65000/),
    });
    const { sh } = await stage.sandbox();
    expect(await sh('grep -c router.bgp /etc/frr/frr.conf || :')).toBe('0\n');
  }, 60_000);

  test('a link in the place of frr.conf is not replaced', async () => {
    const step = await arranged('mv frr.conf real.conf; ln -s real.conf frr.conf', {
      content: changed,
    });
    await expect(step.check()).rejects.toMatchObject({
      code: 'refused',
      message: 'router: /etc/frr/frr.conf is a symbolic link',
    });
    await (await stage.sandbox()).sh('rm -f /etc/frr/real.conf');
  }, 30_000);
});

describe('frr.config and sessions', () => {
  let made: Promise<Net> | undefined;
  afterAll(async () => {
    await (await made)?.router.stop();
  });
  const net = (): Promise<Net> => (made ??= createNet());
  const counters = `vtysh -c 'show bgp summary json' | grep -c '"connectionsDropped":0'`;

  async function step(input: object): Promise<Attempt> {
    const { target } = (await net()).router;
    return attempt(frrConfig, { target, input, cleanup: () => Promise.resolve() });
  }

  test('a new neighbour, and a daemon started beside bgpd, leave every session up', async () => {
    const { router } = await net();
    const content = base.replace(
      ' neighbor 10.0.0.13',
      ' neighbor 10.0.0.14 peer-group NODES\n neighbor 10.0.0.13',
    );
    const change = await step({ content, daemons: ['bgpd', 'ospfd'] });
    const { before, drift } = await change.check();
    expect(drift).toBe(
      'ospfd not running, ospfd not enabled, a reload runs router bgp 65000: neighbor 10.0.0.14 peer-group NODES, frr.conf differs',
    );
    expect(await change.apply(before)).toMatchObject({ dropped: [] });
    expect(await router.sh(counters)).toBe('4\n');
    expect(await router.sh('ip route show 172.16.1.1 | grep -c nexthop')).toBe('3\n');
    await change.undo(before);
    expect(await change.restored(before)).toBeNull();
    expect(await router.sh(counters)).toBe('3\n');
  }, 60_000);

  test('sessions that a change resets are told', async () => {
    const content = base.replace(
      ' neighbor 10.0.0.13 peer-group NODES\n',
      ' neighbor 10.0.0.13 peer-group NODES\n neighbor 10.0.0.13 ebgp-multihop 3\n',
    );
    const change = await step({ content });
    const { before } = await change.check();
    expect(await change.apply(before)).toMatchObject({ dropped: ['10.0.0.13'] });
    await change.undo(before);
  }, 60_000);
});
