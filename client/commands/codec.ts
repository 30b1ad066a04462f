import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { newKey } from '../../core/codec/keys.js';
import { PermanentError } from '../../core/errors.js';
import { codecPort } from '../embedded/ports.js';
import { textOption, type CommandModule, type Options } from '../command.js';
import { exits } from '../exit.js';
import type { Session } from '../session.js';

/** Where the codec server listens unless told, for a Web UI that is not ours. */
const usualPort = 8081;

function key(session: Session): number {
  const line = newKey(`k${new Date().toISOString().slice(0, 19).replaceAll(/\D/g, '')}`);
  if (session.flags.json === true) session.out.json({ key: line });
  else session.out.text(line);
  return exits.done;
}

/** The same page is reached by both names of this machine. */
function namesOf(origin: string): string[] {
  const { protocol, port, host } = new URL(origin);
  if (!/^(?:127\.0\.0\.1|localhost)(?::|$)/.test(host)) return [`${protocol}//${host}`];
  const at = port === '' ? '' : `:${port}`;
  return [`${protocol}//127.0.0.1${at}`, `${protocol}//localhost${at}`];
}

function portOf(options: Options): number | null {
  const text = textOption(options, 'port');
  if (text === undefined) return null;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65536) return port;
  throw new PermanentError('usage', `--port is not a port: ${text}`);
}

/** Origin of the Web UI, and the port that it asks. */
async function placeOf(
  session: Session,
  options: Options,
): Promise<{ readonly origin: string; readonly port: number }> {
  const { ui, embedded } = await session.server();
  const origin = textOption(options, 'origin') ?? ui;
  if (origin === null || !URL.canParse(origin)) {
    throw new PermanentError('usage', 'the address of the Web UI is not known', {
      hint: 'name it: --origin https://temporal.example.com',
    });
  }
  const own =
    embedded === null ? usualPort : codecPort({ port: Number(embedded.address.split(':').at(-1)) });
  return { origin, port: portOf(options) ?? own };
}

async function serve(session: Session, options: Options): Promise<number> {
  const keys = await session.keys();
  if (keys.length === 0) {
    throw new PermanentError('keys-unavailable', 'no keys are configured: nothing is encrypted', {
      hint: 'runbook codec key makes one; name it under codec.keys of runbook.yaml',
    });
  }
  const { origin, port } = await placeOf(session, options);
  await session.forgetServer();
  const { createCodec } = await import('../../core/codec/codec.js');
  const { createCodecServer } = await import('../codec/server.js');
  const server = createCodecServer({ codec: createCodec(keys), origins: namesOf(origin) });
  server.listen({ port, host: '127.0.0.1' });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new PermanentError('usage', `port ${port} cannot be had: ${(error as Error).message}`, {
      hint: 'is another one serving there? else name one: --port',
    });
  }
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (session.flags.json === true) session.out.json({ address, origin }, 'line');
  else session.out.text(`Codec server at ${address} for the Web UI at ${origin}; Ctrl-C ends it.`);
  const { signal } = session;
  if (!signal.aborted) await once(signal, 'abort');
  server.close();
  server.closeAllConnections();
  return exits.done;
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<what>', 'key: print a new key; serve: let the Web UI show what is encrypted')
      .option('--port <port>', 'serve: where to listen, on the loopback address')
      .option('--origin <url>', 'serve: address of the Web UI, where it is not known')
      .addHelpText(
        'after',
        '\nWhoever can reach the server on this machine can have payloads decrypted: keep it running only' +
          '\nwhile it is needed.',
      );
  },
  async run(session, [what = ''], options) {
    switch (what) {
      case 'key':
        return key(session);
      case 'serve':
        return serve(session, options);
      default:
        throw new PermanentError('usage', `codec takes key or serve, not '${what}'`);
    }
  },
};
