/**
 * How kubectl, helm and cilium say that the API server, or the etcd behind it, does not answer as it
 * should: their exit code is 1 for this as for everything else. Only their own words at the beginning
 * of a line count.
 */
const phrases = [
  /^The connection to the server \S+ was refused/m,
  /^Unable to connect to the server: /m,
  // A disruption budget refuses with TooManyRequests too: that is an answer.
  /^Error from server \((?:InternalError|ServerTimeout|ServiceUnavailable|Timeout|TooManyRequests)\)(?!: Cannot evict pod)/m,
  /^(?:error|Error|E\d{4} ).*(?:connection refused|connection reset by peer|context deadline exceeded|Client\.Timeout|dial tcp|etcdserver: |i\/o timeout|no route to host|TLS handshake timeout|unexpected EOF|: EOF$|http2: client connection lost|Kubernetes cluster unreachable|the server is currently unable to handle the request|too many requests|the server was unable to return a response)/im,
];

/** True where the end of a tool's standard error tells that it could not talk to the cluster. */
export function isConnectionFault(stderr: string): boolean {
  return phrases.some((phrase) => phrase.test(stderr));
}
