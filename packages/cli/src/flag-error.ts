import { UsageError } from 'clipanion';

/** A command line that cannot be run as it stands: the user's fault, told with what to type instead. */
export class FlagError extends UsageError {
  readonly remedy: string | undefined;
  /** `UNSUPPORTED`: the Go tool knows it, this one does not yet. */
  readonly code: 'INVALID_ARGUMENT' | 'UNSUPPORTED';

  constructor(
    message: string,
    remedy?: string,
    code: 'INVALID_ARGUMENT' | 'UNSUPPORTED' = 'INVALID_ARGUMENT',
  ) {
    super(message);
    this.name = 'FlagError';
    this.remedy = remedy;
    this.code = code;
  }
}
