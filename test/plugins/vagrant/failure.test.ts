import { describe, expect, test } from '@jest/globals';
import { failureOf } from '../../../plugins/vagrant/failure.js';
import { faultOf, parseLines, said } from '../../../plugins/vagrant/output.js';
import { captured, refusal } from './captures.js';

const out = (file: string, exitCode = 1) =>
  failureOf('host', 'up', { stdout: captured(`${file}.out`), stderr: '', exitCode });
const err = (file: string, exitCode = 1) =>
  failureOf('host', 'ssh', { stdout: '', stderr: captured(`${file}.err`), exitCode });

describe('every failure that was captured', () => {
  test.each([
    ['up-locked', 'action-failed', 'transient', /another process is already executing an action/],
    ['halt-locked', 'action-failed', 'transient', /another process is already executing an action/],
    ['up-boot-timeout', 'not-settled', 'transient', /^host: vagrant up: Timed out while waiting/],
    ['lxc-up', 'action-failed', 'transient', /SSH command responded with a non-zero exit status/],
    ['status-unknown-machine', 'refused', 'permanent', /'nope' was not found configured for this/],
  ])('%s: %s, %s', (file, code, kind, message) => {
    const failure = out(file);
    expect(failure).toMatchObject({ code, class: kind });
    expect(failure.message).toMatch(message);
    expect(failure.hint).toBeTruthy();
  });

  test.each([
    ['halt-force-acpi-timeout', 'not-settled'],
    ['ssh-not-created', 'unreachable'],
    ['ssh-while-off', 'unreachable'],
    ['ssh-config-not-created', 'unreachable'],
    ['ssh-config-while-off', 'unreachable'],
  ])('%s: %s', (file, code) => {
    expect(err(file)).toMatchObject({ code, class: 'transient' });
  });

  test('a machine that is booting says nothing, and ssh ends with 255', () => {
    const failure = failureOf('host', 'ssh', { stdout: '', stderr: '', exitCode: 255 });
    expect(failure).toMatchObject({ code: 'unreachable', class: 'transient' });
  });

  test('an answer of the guest’s own is no failure of vagrant', () => {
    expect(faultOf(captured('ssh-c-exit7.out'), '')).toBeNull();
  });
});

/** Classes that were not captured, by the sources of vagrant 2.3.4 and vagrant-libvirt 0.11.2. */
describe('every class that is known from the sources', () => {
  test.each([
    ['Vagrant::Errors::ProviderNotUsable', 'refused', 'permanent'],
    ['Vagrant::Errors::ProviderNotFound', 'tool-missing', 'permanent'],
    ['Vagrant::Errors::BoxAddShortNotFound', 'refused', 'permanent'],
    ['Vagrant::Errors::NoEnvironmentError', 'refused', 'permanent'],
    ['Vagrant::Errors::VMBootTimeout', 'not-settled', 'transient'],
    ['Vagrant::Errors::MachineLocked', 'action-failed', 'transient'],
    ['Vagrant::Errors::EnvironmentLockedError', 'action-failed', 'transient'],
    [
      'VagrantPlugins::ProviderLibvirt::Errors::FogLibvirtConnectionError',
      'check-failed',
      'transient',
    ],
    [
      'VagrantPlugins::ProviderLibvirt::Errors::NetworkNotAvailableError',
      'check-failed',
      'transient',
    ],
    ['VagrantPlugins::ProviderLibvirt::Errors::NoIpAddressError', 'unreachable', 'transient'],
    ['VagrantPlugins::ProviderLibvirt::Errors::DomainStartError', 'action-failed', 'transient'],
    ['VagrantPlugins::ProviderLibvirt::Errors::NoDomainError', 'action-failed', 'transient'],
    ['Vagrant::Errors::SomethingNew', 'action-failed', 'transient'],
  ])('%s: %s, %s', (kind, code, fate) => {
    const stdout = `1795388757,,error-exit,${kind},what it says%!(VAGRANT_COMMA) in full\n`;
    const failure = failureOf('host', 'up', { stdout, stderr: '', exitCode: 1 });
    expect(failure).toMatchObject({ code, class: fate });
    expect(failure.message).toBe('host: vagrant up: what it says, in full');
  });
});

test('a VirtualBox that vagrant does not know is refused with those that it takes', () => {
  const failure = failureOf('host', 'up', { stdout: '', stderr: refusal, exitCode: 1 });
  expect(failure).toMatchObject({ code: 'refused', class: 'permanent' });
  expect(failure.hint).toMatch(/^This vagrant takes VirtualBox 4\.0, .*, 7\.0, 7\.1\. /);
});

test('commas, line breaks and lines of others are what they were', () => {
  const lines = parseLines(
    'node1\n1795388518,node1,ui,info,one%!(VAGRANT_COMMA) two\\nthree\n[fog][WARNING] x\n1,,ui,error\n',
  );
  expect(lines).toEqual([
    { machine: 'node1', type: 'ui', data: ['info', 'one, two\nthree'] },
    { machine: '', type: 'ui', data: ['error'] },
  ]);
  expect(said(parseLines(captured('status-1-running.out')), 'node1', 'state')).toBe('running');
  expect(said([], 'node1', 'state')).toBeNull();
});
