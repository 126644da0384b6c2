import type { ErrorCode } from './codes.js';

const brand = Symbol.for('milvus-backup.error');

export interface BackupErrorInit {
  readonly code: ErrorCode;
  /** What failed and with which value, in one sentence without a full stop. Never holds a secret. */
  readonly message: string;
  /** What the user can do about it. */
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
  /** Whether the same call may succeed when it is simply made again. */
  readonly retryable?: boolean | undefined;
  /** Values for programs: the key, the collection, the line… */
  readonly details?: Readonly<Record<string, string | number | boolean | null>> | undefined;
}

/** The one error type that crosses a package border. Recognise it with {@link isBackupError}. */
export class BackupError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string | undefined;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;

  constructor(init: BackupErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'BackupError';
    this.code = init.code;
    this.remedy = init.remedy;
    this.retryable = init.retryable ?? false;
    this.details = init.details ?? {};
    Object.defineProperty(this, brand, { value: true });
  }
}

/** By brand, not by class: a plug-in may bring its own copy of core. */
export function isBackupError(value: unknown): value is BackupError {
  return typeof value === 'object' && value !== null && brand in value;
}

/** The error as a {@link BackupError}; anything foreign becomes `INTERNAL` with the original as cause. */
export function toBackupError(value: unknown): BackupError {
  if (isBackupError(value)) return value;
  const message = value instanceof Error ? value.message : String(value);
  return new BackupError({ code: 'INTERNAL', message: message || 'unknown error', cause: value });
}
