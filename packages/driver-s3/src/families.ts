/** What sets the stores apart that speak S3. `options` of a storage section overrides most of it. */
export interface Family {
  /** Signing region when none is configured. */
  readonly region: string;
  /** Whether the bucket goes into the host name. */
  readonly virtualHost: (host: string) => boolean;
  /** The host when no address is configured; without it an address is needed. */
  readonly defaultHost?: (region: string) => string;
  readonly checksums: 'whenSupported' | 'whenRequired';
  readonly conditionalPut: boolean;
  readonly batchDelete: boolean;
  readonly multipartCopy: boolean;
  /** Bytes that one CopyObject takes at most. */
  readonly copyLimit: number;
}

const GiB = 1024 ** 3;
const hostedBuckets = /(^|\.)(amazonaws\.com(\.cn)?|storage\.googleapis\.com|aliyuncs\.com)$/;

const plain: Family = {
  region: 'us-east-1',
  virtualHost: (host) => hostedBuckets.test(host),
  checksums: 'whenSupported',
  conditionalPut: true,
  batchDelete: true,
  multipartCopy: true,
  copyLimit: 5 * GiB,
};

/** Clouds with an S3 gateway of their own: no CRC32 trailers, no `If-None-Match` on writes, own batch-delete rules. */
const cloud: Family = {
  ...plain,
  virtualHost: () => true,
  checksums: 'whenRequired',
  conditionalPut: false,
  batchDelete: false,
};

const aws: Family = {
  ...plain,
  defaultHost: (region) => (region === '' ? 's3.amazonaws.com' : `s3.${region}.amazonaws.com`),
};

/** By `provider` of the storage section. */
export const families: Readonly<Record<string, Family>> = {
  minio: plain,
  s3: aws,
  aws,
  aliyun: cloud,
  tencent: cloud,
  hwc: cloud,
  // Google's XML API copies objects of any size in one call and has no UploadPartCopy.
  gcp: {
    ...cloud,
    region: 'auto',
    virtualHost: plain.virtualHost,
    defaultHost: () => 'storage.googleapis.com',
    multipartCopy: false,
    copyLimit: Number.POSITIVE_INFINITY,
  },
};
