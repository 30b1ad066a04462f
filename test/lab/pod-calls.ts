import type { Target } from '../../core/target.js';
import type { Verb } from '../../core/run/engine.js';
import { kubectl } from './kube-fixture.js';

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly nodeName: string };
  readonly status: { readonly podIP: string };
}

/** Calls each address ($2…) out of the network of the pod with the uid $1; prints those that answer. */
const script = `uid=$1; shift
dashed=pod$uid; scored=pod$(echo "$uid" | tr - _)
for p in /proc/[0-9]*; do
  if grep -qe "$dashed" -e "$scored" "$p/cgroup" 2>/dev/null; then pid=\${p#/proc/}; break; fi
done
for to; do
  if nsenter --net=/proc/$pid/ns/net curl -s -o /dev/null --max-time 2 "http://$to/"; then echo "$to"; fi
done`;

type Open = (name: string) => (verb: Verb) => Target;

/** How many web pods each web pod reaches, by its node: calls made with curl in the pods' own networks. */
export async function reachedBy(open: Open): Promise<Readonly<Record<string, number>>> {
  const args = ['get', 'pods', '--selector=app=webpod', '--output=json'];
  const { items } = JSON.parse(await kubectl(open('lab')('check'), args)) as { items: Pod[] };
  const addresses = items.map(({ status }) => status.podIP);
  const reached: Record<string, number> = {};
  for (const { metadata, spec } of items) {
    const options = { sudo: true, timeout: '60s' } as const;
    const call = ['-c', script, 'reach', metadata.uid, ...addresses];
    const { stdout } = await open(spec.nodeName)('check').run('sh', call, options);
    const answered = stdout.split('\n').filter((line) => line !== '');
    reached[spec.nodeName] = (reached[spec.nodeName] ?? 0) + answered.length;
  }
  return reached;
}
