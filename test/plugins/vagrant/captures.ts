import { readFileSync } from 'node:fs';

/** What vagrant 2.3.4 with vagrant-libvirt 0.11.2 really printed (a file of test/fixtures/vagrant). */
export function captured(file: string): string {
  return readFileSync(new URL(`../../fixtures/vagrant/${file}`, import.meta.url), 'utf8');
}

/** What vagrant 2.4 before 2.4.9 prints beside VirtualBox 7.2: the first failure of the log that this project began with. */
export const refusal = `The provider 'virtualbox' that was requested to back the machine
'k8s-ctr' is reporting that it isn't usable on this system. The
reason is shown below:
Vagrant has detected that you have a version of VirtualBox installed
that is not supported by this version of Vagrant. Please install one of
the supported versions listed below to use Vagrant:
4.0, 4.1, 4.2, 4.3, 5.0, 5.1, 5.2, 6.0, 6.1, 7.0, 7.1
A Vagrant update may also be available that adds support for the version
you specified. Please check www.vagrantup.com/downloads.html to download
the latest version.
`;
