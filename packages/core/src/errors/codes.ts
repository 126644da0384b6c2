/**
 * Every code an error of this tool can carry. A code is stable: it is never renamed or used for another
 * meaning, so that scripts can rely on it. Frontends translate codes by exhaustive tables.
 */
export const errorCodes = [
  // the caller's input
  'INVALID_ARGUMENT',
  'INVALID_BACKUP_NAME',
  'CONFIG_NOT_FOUND',
  'CONFIG_INVALID',
  // backups and their metadata
  'BACKUP_NOT_FOUND',
  'BACKUP_EXISTS',
  'BACKUP_IN_PROGRESS',
  'META_UNREADABLE',
  'META_UNSAFE',
  'FORMAT_UNSUPPORTED',
  // Milvus
  'MILVUS_UNREACHABLE',
  'MILVUS_AUTH',
  'MILVUS_UNSUPPORTED',
  'MILVUS_RATE_LIMITED',
  'MILVUS_ERROR',
  'DATABASE_NOT_FOUND',
  'COLLECTION_NOT_FOUND',
  'TARGET_EXISTS',
  'TARGET_MISSING',
  'TARGET_MISMATCH',
  'IMPORT_FAILED',
  'SOURCE_INCOMPLETE',
  // proofs
  'VERIFY_FAILED',
  'PROOF_FAILED',
  // object stores
  'OBJECT_NOT_FOUND',
  'BUCKET_NOT_FOUND',
  'INVALID_KEY',
  'STORAGE_AUTH',
  'STORAGE_UNREACHABLE',
  'STORAGE_FULL',
  'STORAGE_BUSY',
  'STORAGE_ERROR',
  'PRECONDITION_FAILED',
  'CHECKSUM_MISMATCH',
  'UNSUPPORTED',
  'DRIVER_CLOSED',
  'DRIVER_LOAD_FAILED',
  // Zilliz Cloud
  'CLOUD_AUTH',
  'CLOUD_UNREACHABLE',
  'CLOUD_ERROR',
  // runs
  'TASK_NOT_FOUND',
  'TASK_EXISTS',
  'CANCELLED',
  'SHUTTING_DOWN',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof errorCodes)[number];
