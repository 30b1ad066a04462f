import { expect, test } from '@jest/globals';
import { containerdImage } from '../../../plugins/containerd/image.js';
import { laws } from '../../laws.js';

const image = 'registry.k8s.io/pause:3.10';

// Its laws are proven on a real machine: test/lab/containerd.test.ts.
laws(containerdImage, {
  cases: [],
  bad: [
    { title: 'a short name', input: { image: 'nginx:1.29' } },
    { title: 'a name without tag', input: { image: 'docker.io/library/nginx' } },
    { title: 'an option as a name', input: { image: '--all/x:1' } },
    { title: 'a filter in a name', input: { image: 'a.io/x:1,name==b' } },
    { title: 'a relative archive', input: { image, archive: 'images.tar' } },
  ],
});

test('an image is one resource by its name, whatever it comes from', () => {
  const owned = (more: object): string | undefined =>
    containerdImage.resource?.(containerdImage.input.parse({ image, ...more }));
  expect(owned({ archive: '/a.tar' })).toBe(owned({}));
});
