import { PermanentError, RunbookError } from '../../../core/errors.js';
import { excerpt, plainText } from '../../../core/excerpt.js';

/** What kubectl says when it fails. */
export interface Refusal {
  /** `reason` of the API server's answer, such as NotFound; null where it gave none, or did not answer. */
  readonly reason: string | null;
  readonly message: string;
}

/** Lines that say nothing about the failure: klog's, warnings, and hints for people at a keyboard. */
const noise = /^(?:[IWEF]\d{4} |Warning:|See 'kubectl |To see the stack trace)/;

/** What went wrong, from kubectl's standard error. */
export function refusalOf(stderr: string): Refusal {
  const text = plainText(stderr)
    .split('\n')
    .filter((line) => line.trim() !== '' && !noise.test(line))
    .join('\n');
  const answer = /^Error from server(?: \((\w+)\))?: ([\s\S]*)$/m.exec(text);
  if (answer !== null) return { reason: answer[1] ?? null, message: answer[2] ?? '' };
  // kubectl words these two reasons itself.
  if (/^The .* is invalid/m.test(text)) return { reason: 'Invalid', message: text };
  const login = /^error: You must be logged in to the server \((.*)\)/m.exec(text);
  if (login !== null) return { reason: 'Unauthorized', message: login[1] ?? text };
  return { reason: null, message: text.replace(/^error: /, '') || 'no message' };
}

/** Reasons that no second try will change. */
const final = new Set([
  'AlreadyExists',
  'BadRequest',
  'Gone',
  'Invalid',
  'MethodNotAllowed',
  'NotAcceptable',
  'NotFound',
  'RequestEntityTooLarge',
  'UnsupportedMediaType',
]);

/** Texts of a manifest that the API server, or kubectl for it, cannot take; they come without a reason. */
const malformed =
  /error validating data|field not declared in schema|strict decoding error|failed to create typed patch object/;

/** Texts of a connection that did not come about; kubectl gives no other sign of it. */
const unreached =
  /^(?:Unable to connect to the server|The connection to the server .* was refused)|i\/o timeout|TLS handshake timeout|no route to host|connection reset by peer|http2: client connection lost|unexpected EOF$/m;

/**
 * The error for a kubectl command that failed. Transient unless the API server refused for good: just
 * after a start it forbids what it allows a moment later, so Forbidden is tried again too.
 */
export function failureOf(
  cluster: string,
  doing: string,
  { reason, message }: Refusal,
): RunbookError {
  const told = `${cluster}: ${doing}: ${excerpt(message.replace(/\s*\n\s*/g, '; '), 600)}`;
  if (reason !== null && final.has(reason)) return new PermanentError('refused', told);
  if (reason === 'Unauthorized') {
    return new PermanentError('login-failed', told, {
      hint: "Renew the kubeconfig's credentials; kubectl auth whoami shows who is asking.",
    });
  }
  if (reason === 'Forbidden') {
    return new RunbookError('action-failed', told, {
      hint: 'kubectl auth can-i tells what is allowed; for some seconds after its start an API server forbids everything.',
    });
  }
  if (reason !== null) return new RunbookError('action-failed', told);
  if (malformed.test(message)) return new PermanentError('refused', told);
  if (/x509: |tls: /.test(message)) {
    return new PermanentError('cluster-mismatch', told, {
      hint: 'Another API server answers than the one of the kubeconfig, or a certificate has expired.',
    });
  }
  if (unreached.test(message)) return new RunbookError('unreachable', told);
  if (/the server doesn't have a resource type|no matches for kind/.test(message)) {
    return new RunbookError('action-failed', told, {
      hint: 'The kind is not known (yet): the CustomResourceDefinition comes with its operator.',
    });
  }
  return new RunbookError('action-failed', told);
}
