import { describe, expect, test } from '@jest/globals';
import { ctrFailure } from '../../../plugins/containerd/ctr.js';
import { digestIn, namesIn } from '../../../plugins/containerd/images.js';
import { recorded } from '../kube/fixture.js';

describe('what ctr says', () => {
  test('the digest of a name, from its table', () => {
    expect(digestIn(recorded('ctr/list.txt'), 'lab.local/whoami:v1')).toMatch(
      /^sha256:[0-9a-f]{64}$/,
    );
    expect(digestIn(recorded('ctr/list.txt'), 'lab.local/whoami')).toBeNull();
    expect(digestIn('', 'x')).toBeNull();
  });

  test('names, one per line', () => {
    expect(namesIn('a:1\nb:2\n\n')).toEqual(['a:1', 'b:2']);
  });

  test.each([
    ['down', 'unreachable', 'transient'],
    ['import-missing', 'refused', 'permanent'],
    ['import-no-archive', 'action-failed', 'transient'],
    ['pull-no-host', 'action-failed', 'transient'],
  ])('%s becomes %s, %s', (file, code, kind) => {
    const error = ctrFailure('k8s-w0', ['images', 'import'], recorded(`ctr/${file}.err`));
    expect(error).toMatchObject({ code, class: kind });
    expect(error.message).toMatch(/^k8s-w0: ctr images import failed: /);
  });
});
