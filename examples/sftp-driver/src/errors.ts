import { BackupError, type BackupErrorInit, isBackupError } from '@milvus-backup/core/driver';

export interface ErrorContext {
  /** `host:port`, for messages. */
  readonly target: string;
  /** Where the section stands in the configuration, e.g. `backup.storage`. */
  readonly section: string;
  readonly key?: string | undefined;
}

type Facts = Omit<BackupErrorInit, 'cause' | 'details'>;

/** Numbers of SSH_FXP_STATUS. */
export const status = { noSuchFile: 2, denied: 3, failure: 4, unsupported: 8 } as const;

/** Any failure of ssh2 as an error of ours. Pure; the one place that knows what ssh2 throws. */
export function toSftpError(error: unknown, context: ErrorContext): BackupError {
  if (isBackupError(error)) return error;
  return new BackupError({
    ...factsOf(error, context),
    cause: error,
    details: { target: context.target, ...(context.key === undefined ? {} : { key: context.key }) },
  });
}

/** The server's answer; undefined when the failure is of the connection. */
export function statusOf(error: unknown): number | undefined {
  const code = property(error, 'code');
  return typeof code === 'number' ? code : undefined;
}

function factsOf(error: unknown, { target, section, key }: ErrorContext): Facts {
  const detail = error instanceof Error ? error.message : String(error);
  const where = key === undefined ? `sftp ${target}` : `"${key}" on sftp ${target}`;
  const code = statusOf(error);
  if (/no space|quota/i.test(detail)) {
    return { code: 'STORAGE_FULL', message: `no room for ${where}: ${detail}`, remedy: 'free space there' };
  }
  if (code === status.noSuchFile) {
    return { code: 'OBJECT_NOT_FOUND', message: `there is no file ${where}` };
  }
  if (code === status.denied) {
    return {
      code: 'STORAGE_AUTH',
      message: `the server denies access to ${where}`,
      remedy: `let ${section}.options.username read and write ${section}.options.directory`,
    };
  }
  if (code === status.unsupported) {
    return { code: 'UNSUPPORTED', message: `the server cannot do this with ${where}: ${detail}` };
  }
  if (code !== undefined && property(error, 'level') === undefined) {
    return { code: 'STORAGE_ERROR', message: `${where}: ${detail}`, remedy: 'look at the log of the server' };
  }
  if (property(error, 'level') === 'client-authentication') {
    return {
      code: 'STORAGE_AUTH',
      message: `sftp ${target} refuses the credentials: ${detail}`,
      remedy: `correct username, password or privateKeyFile in ${section}.options`,
    };
  }
  if (/verification failed/.test(detail)) {
    return {
      code: 'STORAGE_AUTH',
      message: `sftp ${target} has another key than ${section}.options.hostFingerprint says`,
      remedy: 'ask who runs the server; correct hostFingerprint only when the key was really changed',
    };
  }
  if (/parse.*key|passphrase/i.test(detail)) {
    return {
      code: 'CONFIG_INVALID',
      message: `${section}.options.privateKeyFile cannot be used: ${detail}`,
      remedy: `correct privateKeyFile or passphrase in ${section}.options`,
    };
  }
  // What is left are sockets, names and servers that fall silent.
  return {
    code: 'STORAGE_UNREACHABLE',
    message: `no connection to sftp ${target}: ${detail}`,
    remedy: `check host and port in ${section}.options, and that the server runs`,
    retryable: true,
  };
}

function property(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}
