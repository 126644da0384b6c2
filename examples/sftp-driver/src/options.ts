import { readFileSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { BackupError, type DriverContext, type StorageSection } from '@milvus-backup/core/driver';
import { z } from 'zod';

/** The block `options` of a storage section that uses this driver. Numbers are coerced: `--set` hands on text. */
export const sftpOptionsSchema = z
  .strictObject({
    host: z.string().min(1),
    port: z.coerce.number().int().min(1).max(65_535).default(22),
    username: z.string().min(1),
    /** Or `passwordEnv`, or `privateKeyFile`. */
    password: z.string().min(1).optional(),
    /** Name of an environment variable that holds the password. */
    passwordEnv: z.string().min(1).optional(),
    /** Path of an OpenSSH or PEM key, from the working directory. */
    privateKeyFile: z.string().min(1).optional(),
    passphrase: z.string().min(1).optional(),
    /** Of the server's key, as `ssh-keygen -lf` prints it. */
    hostFingerprint: z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'want SHA256: and 43 characters'),
    /** Where buckets are folders; a relative one starts where the server puts the user. */
    directory: z.string().min(1).default('.'),
    /** `false` for servers without hard links: the driver then says that it cannot put only when absent. */
    conditionalPut: z.union([z.boolean(), z.stringbool()]).default(true),
    /** Reads or writes of one file under way at once; 1 for servers that take them in another order, such as rclone. */
    requestsAtOnce: z.coerce.number().int().min(1).max(64).default(16),
    timeoutSeconds: z.coerce.number().positive().max(3600).default(30),
  })
  .refine((all) => all.password ?? all.passwordEnv ?? all.privateKeyFile, {
    path: ['password'],
    message: 'is missing: write password, passwordEnv or privateKeyFile',
  });

/** Everything the driver needs to know, checked. */
export interface SftpSettings {
  /** Where the section stands in the configuration, e.g. `backup.storage`. */
  readonly section: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly hostFingerprint: string;
  /** Path on the server of the folder that is the bucket. */
  readonly folder: string;
  readonly conditionalPut: boolean;
  readonly requestsAtOnce: number;
  /** Milliseconds. */
  readonly timeout: number;
}

/**
 * What a storage section says, its options already checked by the schema.
 * @throws BackupError `CONFIG_INVALID` naming the key, never a secret
 */
export function readSettings(section: StorageSection, context: DriverContext): SftpSettings {
  const options = sftpOptionsSchema.parse(section.options);
  const { bucketName } = section;
  if (bucketName === '' || bucketName === '.' || bucketName === '..' || bucketName.includes('/')) {
    throw invalid(`${section.path}.bucketName`, `"${bucketName}" is not the name of a folder`);
  }
  const { passwordEnv, privateKeyFile } = options;
  const fromEnv = passwordEnv === undefined ? undefined : context.env[passwordEnv];
  if (passwordEnv !== undefined && !fromEnv) {
    throw invalid(`${section.path}.options.passwordEnv`, `"${passwordEnv}": that variable is not set`);
  }
  return {
    section: section.path,
    host: options.host,
    port: options.port,
    username: options.username,
    password: fromEnv ?? options.password,
    privateKey: privateKeyFile && readKey(section, resolve(context.cwd, privateKeyFile)),
    passphrase: options.passphrase,
    hostFingerprint: options.hostFingerprint,
    folder: posix.join(options.directory, bucketName),
    conditionalPut: options.conditionalPut,
    requestsAtOnce: options.requestsAtOnce,
    timeout: options.timeoutSeconds * 1000,
  };
}

function readKey(section: StorageSection, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalid(`${section.path}.options.privateKeyFile`, `"${file}" cannot be read`, cause);
  }
}

function invalid(key: string, reason: string, cause?: unknown): BackupError {
  return new BackupError({
    code: 'CONFIG_INVALID',
    message: `${key} ${reason}`,
    remedy: `correct ${key} in the configuration`,
    cause,
    details: { key },
  });
}
