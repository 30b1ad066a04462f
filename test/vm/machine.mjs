import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** No hierarchy of version 1, whatever the distribution's systemd does by itself. */
const line =
  'root=/dev/vda rw console=ttyS0 mitigations=off systemd.unified_cgroup_hierarchy=1 cgroup_no_v1=all systemd.wants=proof.service';

/**
 * Boots an emulated machine without a network, and tells the lines that it writes to its second serial line; ends when it is
 * switched off. Its clock counts its instructions, 1 ns each, and leaps where it idles: how busy this machine is does not
 * matter for the tests' time limits. Counting goes with one processor alone.
 * @param {{ disk: string, kernel: string, initrd: string, console: string, onLine: (line: string) => void }} machine
 */
export function boot({ disk, kernel, initrd, console: file, onLine }) {
  const qemu = spawn(
    'qemu-system-x86_64',
    [
      ['-accel', 'tcg,tb-size=512', '-cpu', 'max', '-smp', '1', '-m', '4096'],
      ['-icount', 'shift=0,sleep=off', '-rtc', 'clock=vm'],
      ['-nodefaults', '-no-reboot', '-display', 'none', '-nic', 'none'],
      ['-device', 'virtio-rng-pci', '-serial', `file:${file}`, '-serial', 'stdio'],
      ['-drive', `file=${disk},if=virtio,format=raw,cache=unsafe`],
      ['-kernel', kernel, '-initrd', initrd, '-append', line],
    ].flat(),
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  createInterface({ input: qemu.stdout }).on('line', onLine);
  return new Promise((resolve, reject) => {
    qemu.on('error', reject);
    qemu.on('close', resolve);
  });
}
