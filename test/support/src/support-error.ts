/** Why a server or a tool could not be had. Stable, so that the quickstart can choose its words by code. */
export type SupportErrorCode =
  | 'PYTHON_MISSING'
  | 'PYTHON_VENV_MISSING'
  | 'PIP_FAILED'
  | 'NPM_FAILED'
  | 'GO_MISSING'
  | 'GO_BUILD_FAILED'
  | 'PLATFORM_UNSUPPORTED'
  | 'UNPACK_FAILED'
  | 'PORTS_EXHAUSTED'
  | 'SERVER_START_FAILED'
  | 'MILVUS_CALL_FAILED';

export interface SupportErrorInit {
  readonly code: SupportErrorCode;
  readonly message: string;
  /** What the user can do about it. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/**
 * The error of this package. It is not core's BackupError, because core's own tests use this package and the
 * arrow must not point both ways; the fields have the same names.
 */
export class SupportError extends Error {
  readonly code: SupportErrorCode;
  readonly remedy: string | undefined;

  constructor(init: SupportErrorInit) {
    const text = init.remedy === undefined ? init.message : `${init.message}\n${init.remedy}`;
    super(text, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'SupportError';
    this.code = init.code;
    this.remedy = init.remedy;
  }
}
