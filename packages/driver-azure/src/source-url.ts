import {
  BlobSASPermissions,
  type BlobServiceClient,
  generateBlobSASQueryParameters,
  SASProtocol,
  type SASQueryParameters,
  type UserDelegationKey,
} from '@azure/storage-blob';
import type { AzureClient } from './client.js';
import type { AzureOptions } from './options.js';

/** Milliseconds for which the right to read one object lasts: one request, and a clock that is a little off. */
const lifetime = 15 * 60 * 1000;
const clockTolerance = 5 * 60 * 1000;
/** Milliseconds for which a delegation key is asked for, and before whose end it is replaced. */
const keyLifetime = 2 * 60 * 60 * 1000;
const keyReserve = 30 * 60 * 1000;

/** Makes URLs by which another container, of any account, may read one object here. */
export interface SourceUrls {
  /** Whether there is anything to make them from; known without traffic. */
  readonly possible: boolean;
  /** Right to read this one object, for a quarter of an hour, or as long as the signature that was configured. */
  urlOf(key: string): Promise<string>;
}

export function createSourceUrls(client: AzureClient, options: AzureOptions, now: () => number): SourceUrls {
  const { auth } = options;
  if (auth.type === 'sas') {
    const rights = new URLSearchParams(auth.token).get('sp');
    return {
      // A stored access policy (`si`) keeps its rights in the store.
      possible: rights === null || rights.includes('r'),
      urlOf: async (key) => client.container.getBlobClient(key).url,
    };
  }
  const delegation = createDelegationKeys(client.service, now);
  const sign = async (key: string): Promise<SASQueryParameters> => {
    const values = {
      containerName: options.container,
      blobName: key,
      permissions: BlobSASPermissions.parse('r'),
      startsOn: new Date(now() - clockTolerance),
      expiresOn: new Date(now() + lifetime),
      protocol: options.useSSL ? SASProtocol.Https : SASProtocol.HttpsAndHttp,
    };
    return client.sharedKey
      ? generateBlobSASQueryParameters(values, client.sharedKey)
      : generateBlobSASQueryParameters(values, await delegation(), options.account);
  };
  return {
    possible: true,
    urlOf: async (key) => `${client.container.getBlobClient(key).url}?${await sign(key)}`,
  };
}

/** One key for many signatures: each costs a request and a right of its own. */
function createDelegationKeys(
  service: BlobServiceClient,
  now: () => number,
): () => Promise<UserDelegationKey> {
  let current: { readonly key: Promise<UserDelegationKey>; readonly until: number } | undefined;
  return () => {
    if (current !== undefined && now() < current.until - keyReserve) return current.key;
    const until = now() + keyLifetime;
    const key = service.getUserDelegationKey(new Date(now() - clockTolerance), new Date(until));
    current = { key, until };
    key.catch(() => {
      current = undefined;
    });
    return key;
  };
}
