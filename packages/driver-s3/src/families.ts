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
  /** The header that stands for `If-None-Match: *`, where the store has its own. It is proven before it is relied on. */
  readonly conditionHeader?: string;
  /** Whether a session token is an OAuth token that takes the place of a signature. */
  readonly oauthToken?: boolean;
  /** What to do where conditional puts are missing, as the end of a remedy. */
  readonly withoutConditions?: string;
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

/** Clouds with an S3 gateway of their own: no CRC32 trailers, no `If-None-Match` on writes, batch deletes only with Content-MD5. */
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
  // Answers `If-None-Match` with 501. Its own header is atomic, but ignored in a bucket with versions.
  aliyun: { ...cloud, conditionalPut: true, conditionHeader: 'x-oss-forbid-overwrite' },
  // Its own header has been seen to let several writers through when they come at once.
  tencent: { ...cloud, conditionHeader: 'x-cos-forbid-overwrite' },
  hwc: cloud,
  // Google's XML API copies objects of any size in one call and has no UploadPartCopy.
  gcp: {
    ...cloud,
    region: 'auto',
    virtualHost: plain.virtualHost,
    defaultHost: () => 'storage.googleapis.com',
    multipartCopy: false,
    copyLimit: Number.POSITIVE_INFINITY,
    oauthToken: true,
    // By generation only, in a header that HMAC requests in the manner of S3 may not carry.
    withoutConditions: 'use provider gcpnative, which has them',
  },
};
