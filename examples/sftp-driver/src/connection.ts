import { createHash } from 'node:crypto';
import { Client, type SFTPWrapper } from 'ssh2';
import type { SftpSettings } from './options.js';

/** One SSH connection, made on first use and anew after it broke. */
export interface Connection {
  /** @throws what ssh2 emits: see `errors.ts` */
  open(): Promise<Session>;
  /** Ends it, and waits until its socket is gone. */
  close(): Promise<void>;
}

/** The calls of SFTP as promises. Each waits for the server's answer: once it settles, the server has done with it. */
export interface Session {
  readonly sftp: SFTPWrapper;
  ask<T = void>(
    send: (sftp: SFTPWrapper, done: (error?: Error | null, value?: T) => void) => void,
  ): Promise<T>;
  has(extension: 'posix-rename' | 'hardlink' | 'fsync'): boolean;
}

export function createConnection(settings: SftpSettings): Connection {
  let current: { readonly client: Client; readonly session: Promise<Session> } | undefined;
  return {
    open() {
      if (current === undefined) {
        const client = new Client();
        client.once('close', () => {
          if (current?.client === client) current = undefined;
        });
        current = { client, session: connect(client, settings) };
      }
      return current.session;
    },
    async close() {
      if (current === undefined) return;
      const { client, session } = current;
      const closed = new Promise<void>((resolve) => {
        client.once('close', resolve);
      });
      client.end();
      // One that was never connected has nothing to close, and says so to whoever waits for it.
      await Promise.race([
        closed,
        session.then(
          () => closed,
          () => undefined,
        ),
      ]);
    },
  };
}

function connect(client: Client, settings: SftpSettings): Promise<Session> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(error);
      client.destroy();
    };
    // Stays for the whole life of the client: an error that nobody hears would end the process.
    client.on('error', fail);
    client.once('close', () => reject(new Error('the connection was closed')));
    client.once('ready', () => {
      client.sftp((error, sftp) => (error ? fail(error) : resolve(toSession(sftp))));
    });
    try {
      client.connect({
        host: settings.host,
        port: settings.port,
        username: settings.username,
        ...(settings.password === undefined ? {} : { password: settings.password }),
        ...(settings.privateKey === undefined ? {} : { privateKey: settings.privateKey }),
        ...(settings.passphrase === undefined ? {} : { passphrase: settings.passphrase }),
        readyTimeout: settings.timeout,
        // A server that falls silent ends the connection, and with it every call that waits for an answer.
        keepaliveInterval: Math.ceil(settings.timeout / 3),
        keepaliveCountMax: 3,
        hostVerifier: (key: Buffer) => fingerprintOf(key) === settings.hostFingerprint,
      });
    } catch (error) {
      client.emit('close');
      reject(error);
    }
  });
}

/** As `ssh-keygen -l` prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

function toSession(sftp: SFTPWrapper): Session {
  const extensions: unknown = Reflect.get(sftp, '_extensions');
  return {
    sftp,
    ask: (send) =>
      new Promise((resolve, reject) => {
        send(sftp, (error, value) => (error ? reject(error) : resolve(value as never)));
      }),
    has: (name) =>
      typeof extensions === 'object' && extensions !== null && `${name}@openssh.com` in extensions,
  };
}
