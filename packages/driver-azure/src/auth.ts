import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type DriverContext, invalidSetting, type StorageSection } from '@milvus-backup/core/driver';
import { parseConnectionString } from './connection-string.js';
import type { OwnOptions } from './options.js';

/** How requests are proven to be ours. */
export type AzureAuth =
  | { readonly type: 'sharedKey'; readonly key: string }
  /** Query string without `?`. */
  | { readonly type: 'sas'; readonly token: string }
  | { readonly type: 'token'; readonly identity: Identity };

/** Which identity asks for tokens, and where. */
export interface Identity {
  readonly kind: 'chain' | 'workloadIdentity' | 'managedIdentity';
  readonly clientId: string | undefined;
  readonly tenantId: string | undefined;
  /** `undefined`: that of the cloud. */
  readonly authorityHost: string | undefined;
  /** `workloadIdentity`: absolute path of the projected token. */
  readonly tokenFile: string | undefined;
}

interface Found {
  readonly auth: AzureAuth;
  readonly account: string;
  /** URL of the blob service, when a connection string names it. */
  readonly url?: string | undefined;
}

/**
 * Finds the one way in which a section proves itself.
 * @throws BackupError `CONFIG_INVALID`, without the value of a secret
 */
export function readAuth(section: StorageSection, own: OwnOptions, context: DriverContext): Found {
  const { accountName: account, auth } = section;
  const connection = readSecret(section, own, context, 'connectionString');
  const sas = readSecret(section, own, context, 'sasToken');
  const given = connection !== undefined ? 'connectionString' : sas !== undefined ? 'sasToken' : undefined;
  if (connection !== undefined && sas !== undefined) {
    throw invalidSetting(section, 'options.sasToken', undefined, 'does not go with options.connectionString');
  }
  if (auth.type === 'sharedKey') {
    if (given !== undefined) {
      throw invalidSetting(
        section,
        `options.${given}`,
        undefined,
        'does not go with auth.type sharedKey; write default',
      );
    }
    return { account, auth: sharedKey(section, 'auth.accountKey', auth.accountKey) };
  }
  if (auth.type !== 'default' && auth.type !== 'iam') {
    throw invalidSetting(
      section,
      'auth.type',
      auth.type,
      'does not exist for azure; use sharedKey or default',
    );
  }
  if (connection !== undefined) return readConnection(section, connection);
  if (sas !== undefined) return { account, auth: sasToken(section, 'options.sasToken', sas) };
  return { account, auth: { type: 'token', identity: readIdentity(section, own, context) } };
}

function readConnection(section: StorageSection, text: string): Found {
  const key = 'options.connectionString';
  const found = parseConnectionString(text);
  if (found.url === undefined) {
    throw invalidSetting(section, key, undefined, 'names neither AccountName nor BlobEndpoint');
  }
  const { accountName } = section;
  if (found.account !== undefined && accountName !== '' && found.account !== accountName) {
    throw invalidSetting(section, 'accountName', accountName, 'is not the account of the connection string');
  }
  const account = found.account ?? accountName;
  if (found.key !== undefined) return { account, url: found.url, auth: sharedKey(section, key, found.key) };
  if (found.sas !== undefined) return { account, url: found.url, auth: sasToken(section, key, found.sas) };
  throw invalidSetting(section, key, undefined, 'holds neither AccountKey nor SharedAccessSignature');
}

function sharedKey(section: StorageSection, name: string, key: string): AzureAuth {
  if (key === '') throw invalidSetting(section, name, undefined, 'is empty');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key)) {
    throw invalidSetting(section, name, undefined, 'is not an account key, which is base64 text');
  }
  return { type: 'sharedKey', key };
}

function sasToken(section: StorageSection, name: string, text: string): AzureAuth {
  const token = text.replace(/^\?/, '');
  if (new URLSearchParams(token).get('sig')) return { type: 'sas', token };
  throw invalidSetting(section, name, undefined, 'is not a shared access signature: it has no sig=');
}

function readIdentity(section: StorageSection, own: OwnOptions, { env, cwd }: DriverContext): Identity {
  const tokenFile = env.AZURE_FEDERATED_TOKEN_FILE;
  const identity: Identity = {
    kind: own.credential,
    clientId: own.clientId ?? env.AZURE_CLIENT_ID,
    tenantId: own.tenantId ?? env.AZURE_TENANT_ID,
    authorityHost: own.authorityHost ?? env.AZURE_AUTHORITY_HOST,
    tokenFile: tokenFile === undefined ? undefined : resolve(cwd, tokenFile),
  };
  if (own.credential !== 'workloadIdentity') return identity;
  const needed = [
    ['AZURE_FEDERATED_TOKEN_FILE', identity.tokenFile],
    ['AZURE_CLIENT_ID (or options.clientId)', identity.clientId],
    ['AZURE_TENANT_ID (or options.tenantId)', identity.tenantId],
  ] as const;
  for (const [name, value] of needed) {
    if (!value)
      throw invalidSetting(section, 'options.credential', own.credential, `needs ${name}, which is not set`);
  }
  return identity;
}

function readSecret(
  section: StorageSection,
  own: OwnOptions,
  { cwd }: DriverContext,
  name: 'connectionString' | 'sasToken',
): string | undefined {
  const file = own[`${name}File`];
  if (file === undefined) return own[name];
  if (own[name] !== undefined) {
    throw invalidSetting(section, `options.${name}File`, file, `does not go with options.${name}`);
  }
  try {
    return readFileSync(resolve(cwd, file), 'utf8').trim();
  } catch (cause) {
    throw invalidSetting(section, `options.${name}File`, file, 'cannot be read', cause);
  }
}
