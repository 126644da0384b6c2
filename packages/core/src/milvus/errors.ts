import { BackupError, type ErrorCode } from '../errors/index.js';
import type { WireStatus } from './messages.js';

/** Which call failed and where: every message names both. */
export interface CallSite {
  /** The RPC, e.g. `DescribeCollection`. */
  readonly rpc: string;
  /** `address:port`. */
  readonly target: string;
  readonly database?: string | undefined;
  readonly collection?: string | undefined;
}

interface Verdict {
  readonly code: ErrorCode;
  readonly retryable?: true;
  readonly remedy?: string;
}

const remedies = {
  unreachable:
    'check milvus.grpc.address and milvus.grpc.port, that Milvus is running, and milvus.grpc.tlsMode if it speaks TLS',
  slow: 'Milvus may be overloaded or starting; look at its health and run the command again',
  auth: 'check milvus.user and milvus.password; the user needs the rights that this step asks for',
  unsupported: 'this version of Milvus does not have the call; use a newer Milvus or leave the option out',
  busy: 'Milvus limits the rate of such calls (quotaAndLimits); run again later or raise the limit',
  collection: 'check the name of the collection and of its database',
  database: 'check the name of the database; `default` always exists',
} as const;

const unreachable: Verdict = { code: 'MILVUS_UNREACHABLE', retryable: true, remedy: remedies.unreachable };
const slow: Verdict = { code: 'MILVUS_UNREACHABLE', retryable: true, remedy: remedies.slow };
const auth: Verdict = { code: 'MILVUS_AUTH', remedy: remedies.auth };
const unsupported: Verdict = { code: 'MILVUS_UNSUPPORTED', remedy: remedies.unsupported };
const busy: Verdict = { code: 'MILVUS_RATE_LIMITED', retryable: true, remedy: remedies.busy };
const noCollection: Verdict = { code: 'COLLECTION_NOT_FOUND', remedy: remedies.collection };
const noDatabase: Verdict = { code: 'DATABASE_NOT_FOUND', remedy: remedies.database };
const other: Verdict = { code: 'MILVUS_ERROR' };

/** gRPC status numbers; here so that a table of them needs no gRPC library. */
export const grpcStatus = {
  cancelled: 1,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

const byGrpcStatus: Readonly<Record<number, Verdict>> = {
  [grpcStatus.deadlineExceeded]: slow,
  [grpcStatus.permissionDenied]: auth,
  [grpcStatus.unimplemented]: unsupported,
  [grpcStatus.unavailable]: unreachable,
  [grpcStatus.unauthenticated]: auth,
};

/** `Status.code` of Milvus 2.3 and newer: milvus-io/milvus, pkg/util/merr/errors.go. */
const byMilvusCode: Readonly<Record<number, Verdict>> = {
  1: slow,
  2: slow,
  4: busy,
  8: busy,
  10: unsupported,
  100: noCollection,
  800: noDatabase,
  1400: auth,
  1401: auth,
  1800: auth,
  1807: busy,
};

/** `Status.error_code` of Milvus 2.2 and older; newer servers still fill it. */
const byLegacyCode: Readonly<Record<number, Verdict>> = {
  3: auth,
  4: noCollection,
  28: noCollection,
  49: busy,
  56: slow,
  57: slow,
};

/**
 * Of a Milvus that has just come back: for as long as a session lasts (30 s by default) work goes to nodes of its former life, or
 * none is there yet.
 */
const comingBack = /node not found|session not found|(service|server|node)( is)? not (ready|healthy)/i;

/** Servers that put everything under "unexpected error" are told apart by their sentences. */
const bySentence: readonly (readonly [RegExp, Verdict])[] = [
  [/rate limit exceeded|request is rejected by grpc RateLimiter|number of jobs has reached the limit/i, busy],
  [/database not (found|exist)/i, noDatabase],
  [/can't find collection|collection (\S+ )?(not found|not exist|doesn't exist)/i, noCollection],
  [comingBack, slow],
  [/auth check failure|missing authorization|permission deny/i, auth],
];

/** Whether Milvus has refused a call because it is not yet itself again after a restart. */
export const isComingBack = ({ code, message }: BackupError): boolean =>
  code === 'MILVUS_UNREACHABLE' && comingBack.test(message);

function sentenceVerdict(text: string): Verdict | undefined {
  return bySentence.find(([pattern]) => pattern.test(text))?.[1];
}

function toError(
  site: CallSite,
  verdict: Verdict,
  message: string,
  facts: object,
  cause?: unknown,
): BackupError {
  return new BackupError({
    code: verdict.code,
    message,
    remedy: verdict.remedy,
    retryable: verdict.retryable,
    cause,
    details: {
      rpc: site.rpc,
      address: site.target,
      ...(site.database === undefined ? {} : { database: site.database }),
      ...(site.collection === undefined ? {} : { collection: site.collection }),
      ...facts,
    },
  });
}

/** Sentences of grpc-js for a call that never left this process. */
const neverSent = /^(No connection established|Name resolution failed)|Waiting for LB pick/;

/** A call that gRPC itself reports as failed. */
export function fromGrpc(site: CallSite, status: number, details: string, cause?: unknown): BackupError {
  // grpc-js appends an empty note, and OpenSSL a line break.
  const text = details
    .replace(/\s*Resolution note:\s*$/, '')
    .replace(/\s+/g, ' ')
    .trim();
  const verdict =
    status === grpcStatus.resourceExhausted
      ? // The same status tells of a message above the size limit, where trying again is of no use.
        /larger than max|message size/i.test(text)
        ? other
        : busy
      : (byGrpcStatus[status] ?? sentenceVerdict(text) ?? other);
  const message =
    verdict.code === 'MILVUS_UNREACHABLE'
      ? `Milvus at ${site.target} ${status === grpcStatus.unavailable ? 'cannot be reached' : `did not answer ${site.rpc} in time`}: ${text}`
      : verdict.code === 'MILVUS_AUTH'
        ? `Milvus at ${site.target} refused ${site.rpc}: ${text}`
        : verdict.code === 'MILVUS_UNSUPPORTED'
          ? `Milvus at ${site.target} does not know the call ${site.rpc}`
          : `Milvus refused ${site.rpc}${subject(site)}: ${text}`;
  return toError(
    site,
    verdict,
    message,
    { grpcStatus: status, ...(neverSent.test(text) ? { notSent: true } : {}) },
    cause,
  );
}

/** The failure inside an answer, or `null` when the answer is a success. An answer without status is one, too. */
export function fromStatus(site: CallSite, status: WireStatus | null): BackupError | null {
  if (status === null || (status.code === 0 && status.error_code === 0)) return null;
  const verdict =
    byMilvusCode[status.code] ?? byLegacyCode[status.error_code] ?? sentenceVerdict(status.reason) ?? other;
  const message = `Milvus refused ${site.rpc}${subject(site)}: ${status.reason || 'it gave no reason'}`;
  return toError(site, verdict, message, { milvusCode: status.code, legacyCode: status.error_code });
}

function subject(site: CallSite): string {
  if (site.collection !== undefined) return ` of collection ${site.database ?? 'default'}.${site.collection}`;
  return site.database === undefined ? '' : ` in database ${site.database}`;
}
