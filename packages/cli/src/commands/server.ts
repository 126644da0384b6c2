import { Command, Option } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import { BaseCommand } from './base.js';

const defaultPort = '8080';

export class ServerCommand extends BaseCommand {
  static override paths = [['server']];
  static override usage = Command.Usage({
    category: 'Service',
    description: 'serve the REST API',
    details: `
      Listens on this machine alone (127.0.0.1) unless \`--host\` says otherwise. Elsewhere it starts only when callers
      have to prove who they are: by a token (\`SERVER_AUTH_TOKEN\` or \`server.auth.tokens\`) or a client certificate
      (\`server.tls.clientCA\`); \`server.auth: none\` opens it to everyone. Certificates and files with tokens are read
      again when they change, and on SIGHUP. Runs until SIGINT or SIGTERM; then it takes no new runs, gives those under
      way \`server.shutdownGraceSeconds\` to end, stops the rest where the same call goes on later, and ends with 0. A
      second signal ends it at once.
    `,
    examples: [
      ['Serve on 127.0.0.1:8080', '$0 server'],
      [
        'Serve to the whole network on another port, with the token that $SERVER_AUTH_TOKEN holds',
        '$0 server -p 8090 --host 0.0.0.0',
      ],
    ],
  });

  port = Option.String('-p,--port', '', {
    description: 'Port; else $SERVER_PORT, else 8080; 0 takes a free one',
  });
  host = Option.String('--host', '127.0.0.1', { description: 'Address to listen on' });

  protected override async run(): Promise<ExitCode> {
    const { host } = this.context;
    const port = readPort(this.port || host.env.SERVER_PORT || defaultPort);
    await this.withSession(async ({ config, service, logger, signal }) => {
      const server = await host.startServer({ service, logger, host: this.host, port });
      try {
        const address = this.host.includes(':') ? `[${this.host}]` : this.host;
        const url = `${server.scheme}://${address}:${server.port}`;
        const docs = `${url}/api/v1/docs/index.html`;
        if (this.json) this.printDocument({ url, docs, host: this.host, port: server.port });
        this.note(`Listening on ${url}, API documentation at ${docs}\n`);
        for (const warning of server.warnings) this.warn(warning);
        await aborted(signal);
        const grace = config.value.server.shutdownGraceSeconds;
        this.note(`Stopping; what runs gets ${grace} s to end, send the signal again to stop at once\n`);
        await service.drain(grace * 1000);
      } finally {
        // Requests that wait for a run end when the run is cancelled.
        await Promise.all([service.close(), server.close()]);
      }
    }, 'server');
    return exitCodes.ok;
  }
}

/** @throws FlagError unless it is a whole number from 0 to 65535 */
function readPort(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    throw new FlagError(`invalid port: ${text}`, 'give -p or SERVER_PORT a number from 0 to 65535');
  }
  const port = Number(text);
  if (port >= 0 && port <= 65535) return port;
  throw new FlagError(
    `fail to run server, server: run http server: listen tcp: address ${text}: invalid port`,
    'give -p or SERVER_PORT a number from 0 to 65535',
  );
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
