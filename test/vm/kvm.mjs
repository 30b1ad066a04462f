import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** The longest that a kernel which runs at all takes to its first line, ms. */
const patience = 20_000;

/**
 * True where this processor really runs machines: a kernel says its first line. That /dev/kvm can be opened is no proof: in
 * a virtual machine without nested virtualization it makes machines that stand still.
 */
export function kvmWorks(kernel) {
  if (!existsSync('/dev/kvm')) return Promise.resolve(false);
  const machine = ['-accel', 'kvm', '-cpu', 'host', '-m', '256', '-nodefaults', '-display', 'none'];
  const boot = ['-kernel', kernel, '-append', 'console=ttyS0 panic=-1', '-serial', 'stdio'];
  const qemu = spawn('qemu-system-x86_64', [...machine, '-no-reboot', ...boot], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(false), patience);
    const end = (works) => {
      clearTimeout(timer);
      qemu.kill('SIGKILL');
      resolve(works);
    };
    createInterface({ input: qemu.stdout }).on('line', (line) => {
      if (line.includes('Linux version')) end(true);
    });
    qemu.on('error', () => end(false));
    qemu.on('exit', () => end(false));
  });
}
