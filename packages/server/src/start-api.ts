import { BackupError, toBackupError } from '@milvus-backup/core';
import { createApp } from './app.js';
import type { AppOptions } from './app-types.js';
import { createAuthenticator } from './auth/authenticator.js';
import { isLoopback } from './auth/browser.js';
import { type RunningServer, serve } from './serve.js';
import { isSameTls, readTls } from './tls.js';

export interface StartApiOptions extends Omit<AppOptions, 'authenticator'> {
  readonly port: number;
  readonly hostname: string;
  /** Milliseconds between two looks at the files of certificates and tokens. Default 10 000. */
  readonly lookEvery?: number;
}

export interface RunningApi extends Omit<RunningServer, 'replaceTls'> {
  readonly scheme: 'http' | 'https';
  /** Sentences for the operator about what is less safe than it could be. */
  readonly warnings: readonly string[];
  /** Reads certificates and tokens again now; what cannot be used is logged, and what was there before stays. */
  reload(): void;
}

/**
 * Serves the API as the section `server` of the configuration says.
 * @throws BackupError `CONFIG_INVALID` when it would listen off loopback without asking anyone who they are, or for
 *   certificates and tokens that cannot be used; `INVALID_ARGUMENT` when the address cannot be listened on
 */
export async function startApi(options: StartApiOptions): Promise<RunningApi> {
  const { service, logger, hostname, port, now = Date.now, lookEvery = 10_000 } = options;
  const section = service.config.value.server;
  const authenticator = createAuthenticator(section);
  const warnings = [...authenticator.warnings, ...checkExposure(hostname)];
  const withTls = section.tls.cert !== '';
  let tls = withTls ? readTls(section.tls, now()) : undefined;
  const server = await serve(createApp({ ...options, authenticator }), {
    port,
    hostname,
    connections: section.limits.connections,
    onError: (error) => logger.warn({ err: error }, 'a connection could not be taken'),
    ...(tls === undefined ? {} : { tls }),
  });
  const timer = setInterval(reload, lookEvery).unref();
  let told = '';
  return {
    port: server.port,
    scheme: withTls ? 'https' : 'http',
    warnings,
    reload: () => {
      told = '';
      reload();
    },
    close: (graceMs) => {
      clearInterval(timer);
      return server.close(graceMs);
    },
  };

  function reload(): void {
    attempt('the certificate in use stays', () => {
      if (tls === undefined) return;
      const next = readTls(section.tls, now());
      if (isSameTls(tls, next)) return;
      server.replaceTls(next);
      tls = next;
      logger.info({ file: section.tls.cert }, 'the new certificate is in use');
    });
    attempt('a token could not be read again', () => authenticator.reload());
  }

  /** The same fault is told once, not at every look. */
  function attempt(what: string, act: () => void): void {
    try {
      act();
      if (told.startsWith(what)) told = '';
    } catch (thrown) {
      const error = toBackupError(thrown);
      const line = `${what} ${error.message}`;
      if (line !== told) logger.error({ code: error.code, err: error }, `${what}: ${error.message}`);
      told = line;
    }
  }

  function checkExposure(host: string): readonly string[] {
    if (isLoopback(host)) return [];
    if (authenticator.demands === 'nothing') {
      if (section.auth.mode === 'none')
        return [
          'the API has no login (server.auth: none): everyone who reaches this address can delete backups',
        ];
      throw new BackupError({
        code: 'CONFIG_INVALID',
        message: `the API would let everyone in who reaches ${host}: no token and no client certificate is demanded`,
        remedy:
          'set SERVER_AUTH_TOKEN or server.auth.tokens, or server.tls.clientCA for client certificates, ' +
          'or listen on 127.0.0.1; server.auth: none opens it to everyone',
        details: { host },
      });
    }
    if (section.tls.cert !== '') return [];
    return [
      'tokens travel in clear text: set server.tls.cert and server.tls.key, or put a proxy with TLS in front',
    ];
  }
}
