import type { StorageSection } from '@milvus-backup/core/driver';
import {
  type FaultProxyOptions,
  gcsAvailable,
  startAzurite,
  startGcs,
  startS3,
} from '@milvus-backup/test-support';

/** Parts of secrets that are given to drivers here and must never be seen again. */
export const plantedSecret = 'planted-secret-5d1f0c';
const plantedKey = Buffer.from(`${plantedSecret}-which-is-a-key`).toString('base64');

export const plantedSecrets = [plantedSecret, plantedKey];

/** A real server that faults are put before. */
export interface FaultStore {
  readonly target: { readonly address: string; readonly port: number };
  /** How the proxy must treat the `Host` header. */
  readonly host: NonNullable<FaultProxyOptions['host']>;
  /** The section for the bucket that is there, by way of the given port. */
  section(port: number): StorageSection;
  stop(): Promise<void>;
}

export interface FaultStoreKind {
  readonly name: string;
  readonly start: () => Promise<FaultStore>;
  /** What the section says with credentials that the server refuses. */
  readonly wrongKey: (section: StorageSection) => StorageSection;
  /** What the store answers a request that is dated too far from its own time; nothing where requests carry no date. */
  readonly skewed: readonly { readonly status: number; readonly code: string; readonly body?: string }[];
  /** The path of a request that carries a part of a large object. */
  readonly part: RegExp;
  /** What becomes of an object of which a part came twice, because its reply was lost. */
  readonly partTwice: 'arrives' | 'CHECKSUM_MISMATCH';
  /** What is put before a server that takes any credentials. */
  readonly refusal?: { readonly status: number; readonly code: string };
}

export const bucket = 'faults';

const noAuth: StorageSection['auth'] = {
  type: 'default',
  accessKeyID: '',
  secretAccessKey: '',
  sessionToken: '',
  accountKey: '',
  credentialsFile: '',
  endpoint: '',
};

const section: StorageSection = {
  path: 'backup.storage',
  provider: 'minio',
  address: '127.0.0.1',
  port: 0,
  region: '',
  useSSL: false,
  accountName: '',
  bucketName: bucket,
  rootPath: '',
  localPath: '',
  auth: noAuth,
};

const s3: FaultStoreKind = {
  name: 'S3 (SeaweedFS)',
  async start() {
    const server = await startS3({ buckets: [bucket], secretKey: `${plantedSecret}-of-s3` });
    const { accessKey, secretKey } = server;
    return {
      target: server,
      host: 'kept',
      section: (port) => ({
        ...section,
        port,
        auth: { ...noAuth, type: 'static', accessKeyID: accessKey, secretAccessKey: secretKey },
      }),
      stop: () => server.stop(),
    };
  },
  wrongKey: (one) => ({ ...one, auth: { ...one.auth, secretAccessKey: `${plantedSecret}-wrong` } }),
  skewed: [{ status: 403, code: 'RequestTimeTooSkewed' }],
  part: /[?&]partNumber=2(&|$)/,
  partTwice: 'arrives',
};

const azure: FaultStoreKind = {
  name: 'Azure (Azurite)',
  async start() {
    const server = await startAzurite({ containers: [bucket] });
    return {
      target: server,
      host: 'kept',
      section: (port) => ({
        ...section,
        provider: 'azure',
        port,
        accountName: server.accountName,
        auth: { ...noAuth, type: 'sharedKey', accountKey: server.accountKey },
      }),
      stop: () => server.stop(),
    };
  },
  wrongKey: (one) => ({ ...one, auth: { ...one.auth, accountKey: plantedKey } }),
  skewed: [
    {
      status: 403,
      code: 'AuthenticationFailed',
      body: '<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate the request.</Message><AuthenticationErrorDetail>Request date header too old</AuthenticationErrorDetail></Error>',
    },
  ],
  part: /[?&]comp=block(&|$)/,
  partTwice: 'arrives',
};

const gcs: FaultStoreKind = {
  name: 'GCS (fake-gcs-server)',
  async start() {
    const server = await startGcs({ buckets: [bucket] });
    return {
      target: server,
      host: 'target',
      section: (port) => ({ ...section, provider: 'gcpnative', port, options: { anonymous: true } }),
      stop: () => server.stop(),
    };
  },
  wrongKey: (one) => one,
  refusal: { status: 401, code: 'authError' },
  // Requests carry no date; the one for a token does, which the driver's own tests look at.
  skewed: [],
  part: /[?&]upload_id=/,
  // Google knows a part by its offset; the emulator appends it a second time.
  partTwice: 'CHECKSUM_MISMATCH',
};

export const faultStores: readonly FaultStoreKind[] = [s3, azure, ...((await gcsAvailable()) ? [gcs] : [])];
