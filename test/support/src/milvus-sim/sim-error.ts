/** A failure inside an answer: `Status` of the Milvus proto. */
export interface SimStatus {
  readonly code: number;
  readonly error_code: number;
  readonly reason: string;
}

/** What a handler throws; the dispatcher turns it into an answer. */
export class SimError extends Error {
  /** `Status.code` of 2.3 and newer. */
  readonly code: number;
  /** `Status.error_code`. */
  readonly legacyCode: number;
  /** Members of the answer beside the status. */
  readonly answer: object;

  constructor(code: number, legacyCode: number, message: string, answer: object = {}) {
    super(message);
    this.name = 'SimError';
    this.code = code;
    this.legacyCode = legacyCode;
    this.answer = answer;
  }
}

/** A failure of gRPC itself. */
export class GrpcError extends Error {
  readonly grpcStatus: number;

  constructor(grpcStatus: number, message: string) {
    super(message);
    this.name = 'GrpcError';
    this.grpcStatus = grpcStatus;
  }
}

export const success: SimStatus = { code: 0, error_code: 0, reason: '' };

export const grpcCodes = {
  unknown: 2,
  invalidArgument: 3,
  permissionDenied: 7,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
};

const unexpected = 1;

export function collectionMissing(database: string, collection: string): SimError {
  return new SimError(100, 4, `collection not found[database=${database}][collection=${collection}]`);
}

export function databaseMissing(database: string): SimError {
  return new SimError(800, unexpected, `database not found[database=${database}]`);
}

export function badParameter(message: string): SimError {
  return new SimError(1100, 5, message);
}

export function rateLimited(): SimError {
  return new SimError(
    8,
    49,
    'request is rejected by grpc RateLimiter middleware, please retry later: rate limit exceeded',
  );
}
