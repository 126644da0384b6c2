import type { TokenCredential } from '@azure/core-auth';
import {
  AnonymousCredential,
  BlobServiceClient,
  type ContainerClient,
  newPipeline,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { createCredential } from './credential.js';
import { createHttpClients } from './http-client.js';
import type { AzureOptions } from './options.js';

/** Milliseconds before the third try, doubled after; the second comes at once. */
const retryDelay = 200;
const longestRetryDelay = 10_000;

/** The SDK clients of one container. */
export interface AzureClient {
  readonly service: BlobServiceClient;
  readonly container: ContainerClient;
  /** Sends each request once: a repeated "create when absent" would take its own first try for another writer. */
  readonly once: ContainerClient;
  readonly sharedKey: StorageSharedKeyCredential | undefined;
  close(): void;
}

/** SDK clients that take everything from `options`, and nothing else from variables than the credential chain does. */
export function createClient(options: AzureOptions): AzureClient {
  const { auth } = options;
  const http = createHttpClients(options);
  const sharedKey =
    auth.type === 'sharedKey' ? new StorageSharedKeyCredential(options.account, auth.key) : undefined;
  const credential: TokenCredential | StorageSharedKeyCredential | AnonymousCredential =
    auth.type === 'token'
      ? createCredential(auth.identity, options.url, http.identity)
      : (sharedKey ?? new AnonymousCredential());
  const open = (maxTries: number): BlobServiceClient =>
    new BlobServiceClient(
      auth.type === 'sas' ? `${options.url}?${auth.token}` : options.url,
      newPipeline(credential, {
        httpClient: http.storage,
        userAgentOptions: { userAgentPrefix: 'milvus-backup' },
        retryOptions: { maxTries, retryDelayInMs: retryDelay, maxRetryDelayInMs: longestRetryDelay },
      }),
    );
  const service = open(options.maxAttempts);
  return {
    service,
    container: service.getContainerClient(options.container),
    once: open(1).getContainerClient(options.container),
    sharedKey,
    close: () => http.close(),
  };
}
