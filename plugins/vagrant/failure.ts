import { PermanentError, RunbookError, type ErrorCode } from '../../core/errors.js';
import { excerpt, plainText } from '../../core/excerpt.js';
import { supportedIn } from './gate.js';
import { faultOf } from './output.js';

/** What to make of a fault: whether trying again can mend it, under which code, and what to do. */
interface Cause {
  readonly is: RegExp;
  readonly code: ErrorCode;
  readonly lasting: boolean;
  readonly hint: string;
}

/**
 * By the class that Ruby gives it, or by its words where there is none or where one class covers many
 * (BatchMultiError). The first that fits counts. From captures of vagrant 2.3.4 with vagrant-libvirt
 * 0.11.2, and from the sources of both.
 */
const causes: readonly Cause[] = [
  {
    is: /MachineActionLockedError|MachineLocked|EnvironmentLockedError|another process is already executing an action/,
    code: 'action-failed',
    lasting: false,
    hint: 'Another vagrant acts on this machine: let it end.',
  },
  {
    is: /ProviderNotUsable|VirtualBoxVersionMismatch|version of VirtualBox installed\s+that is not supported/,
    code: 'refused',
    lasting: true,
    hint: 'Vagrant and the provider must fit: a newer vagrant, an older provider, or provider: libvirt.',
  },
  {
    is: /ProviderNotFound|ProviderNotInstalled|provider .* could not be found/,
    code: 'tool-missing',
    lasting: true,
    hint: 'Install the plugin of the provider (Debian: vagrant-libvirt), as provider-setup does.',
  },
  {
    is: /MachineNotFound|was not found configured for/,
    code: 'refused',
    lasting: true,
    hint: 'The Vagrantfile has no such machine: write it with vagrant.environment.',
  },
  {
    is: /NoEnvironmentError|VagrantfileSyntaxError|VagrantfileLoadError|ConfigInvalid/,
    code: 'refused',
    lasting: true,
    hint: 'Write the Vagrantfile with vagrant.environment.',
  },
  {
    is: /BoxAddShortNotFound|BoxNotFound|BoxAddNoMatchingProvider|BoxChecksumMismatch|BoxChecksumInvalid|DownloadedBox/,
    code: 'refused',
    lasting: true,
    hint: 'Correct the name, version, place or sum of the box.',
  },
  {
    is: /VMBootTimeout|Timed out while waiting for the machine to boot|VMBootBadState/,
    code: 'not-settled',
    lasting: false,
    hint: 'Its console tells (virsh console). The machine is kept; a slow one needs a longer bootTimeout.',
  },
  {
    is: /NoIpAddressError|SSHNotReady|not yet ready for SSH|VMNotCreatedError|VMNotRunningError|VM must be (?:created|running)|SSHConnect|SSHUnavailable|SSHAuthenticationFailed|ssh(?:\S*): connect to host|Connection (?:refused|closed|timed out)|No route to host/,
    code: 'unreachable',
    lasting: false,
    hint: 'vagrant status and virsh domstate --reason tell whether it runs.',
  },
  {
    is: /Fog::Errors::TimeoutError|Fog::Errors::Error/,
    code: 'not-settled',
    lasting: false,
    hint: 'The machine did not follow in time. halt asks by ACPI: libvirt.machine with stop: forced also cuts.',
  },
  {
    is: /FogLibvirtConnectionError|NetworkNotAvailableError|Libvirt::ConnectionError|failed to connect to (?:the hypervisor|libvirt)/i,
    code: 'check-failed',
    lasting: false,
    hint: 'systemctl status libvirtd and virsh net-list --all on the host tell.',
  },
  {
    is: /Libvirt::(?:Definition|Retrieve)Error|DomainStartError|NoDomainError|DomainNameExists|FogCreateDomainVolumeError/,
    code: 'action-failed',
    lasting: false,
    hint: 'virsh list --all and the log of libvirtd on the host tell more.',
  },
  {
    is: /BatchMultiError|VagrantError|SSH command responded with a non-zero exit status/,
    code: 'action-failed',
    lasting: false,
    hint: 'A command within the machine failed: the run log has its words.',
  },
];

/** The parts of a text that tell people something: not vagrant's way of starting. */
function reason(text: string): string {
  const words = plainText(text).replace(/\s+/g, ' ').trim();
  const inner = /machine\. Please handle this error then try again: (.*)$/.exec(words)?.[1];
  return excerpt(inner ?? words, 400);
}

/** The error for a vagrant command that failed. */
export function failureOf(
  where: string,
  doing: string,
  result: { readonly stdout: string; readonly stderr: string; readonly exitCode: number },
): RunbookError {
  const fault = faultOf(result.stdout, result.stderr);
  const text = `${where}: vagrant ${doing}: ${reason(fault?.text ?? '') || `exit ${result.exitCode}`}`;
  // ssh itself ends with 255, and says nothing under vagrant.
  if (fault === null && result.exitCode === 255) {
    return new RunbookError('unreachable', text, { hint: 'The machine may still be booting.' });
  }
  const known = `${fault?.kind ?? ''}\n${fault?.text ?? ''}`;
  const cause = causes.find(({ is }) => is.test(known));
  if (cause === undefined) return new RunbookError('action-failed', text);
  const { code, lasting } = cause;
  const takes = supportedIn(fault?.text ?? '');
  const hint =
    takes.length === 0
      ? cause.hint
      : `This vagrant takes VirtualBox ${takes.join(', ')}. ${cause.hint}`;
  return lasting
    ? new PermanentError(code, text, { hint })
    : new RunbookError(code, text, { hint });
}
