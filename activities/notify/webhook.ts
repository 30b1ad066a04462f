import type { Webhook } from '../../core/definition/notify.js';
import { RunbookError } from '../../core/errors.js';
import { createRedactor } from '../log/redact.js';
import { codeOf, messageOf } from '../thrown.js';
import { Settings, type Environment } from './environment.js';
import type { Limit } from './limit.js';

/** What stopped a request: fetch itself only says that it failed. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  if (cause === undefined) return messageOf(error);
  return [codeOf(cause), messageOf(cause)].find((text) => text !== '') ?? messageOf(error);
}

function addressOf(settings: Settings, setting: Webhook['url']): URL {
  const text = settings.value(setting);
  // Neither this message nor one of fetch may show an address that is a secret.
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text);
  throw new RunbookError('not-delivered', 'the url of the webhook is not a web address');
}

function headersOf(settings: Settings, { headers = {} }: Webhook): Record<string, string> {
  const found: Record<string, string> = { 'user-agent': 'runbook' };
  for (const [name, setting] of Object.entries(headers)) {
    const value = settings.value(setting);
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw new RunbookError('not-delivered', `the value of header ${name} cannot be sent`, {
        hint: 'a header is one line of plain characters',
      });
    }
    found[name.toLowerCase()] = value;
  }
  found['content-type'] = 'application/cloudevents+json';
  return found;
}

/** Posts an event. @throws RunbookError `not-delivered`, or the reason of the signal */
export async function post(
  body: string,
  webhook: Webhook,
  environment: Environment,
  { signal, ms }: Limit,
): Promise<void> {
  const settings = new Settings(environment);
  const url = addressOf(settings, webhook.url);
  const headers = headersOf(settings, webhook);
  const late = AbortSignal.timeout(ms);
  let status: number;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      // Elsewhere is not where the headers were meant for.
      redirect: 'manual',
      signal: AbortSignal.any([signal, late]),
    });
    ({ status } = response);
    await response.body?.cancel().catch(() => undefined);
  } catch (error) {
    signal.throwIfAborted();
    const why = late.aborted ? `no answer within ${ms / 1000} s` : reasonOf(error);
    const shown = createRedactor(settings.secrets).text(why);
    throw new RunbookError('not-delivered', `${url.origin}: ${shown}`, { cause: error });
  }
  if (status >= 200 && status < 300) return;
  const hint = status >= 300 && status < 400 ? { hint: 'write the address that it leads to' } : {};
  throw new RunbookError('not-delivered', `${url.origin} answered ${status}`, hint);
}
