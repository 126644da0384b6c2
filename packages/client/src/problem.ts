import type { components } from './generated/api-v2.js';

export type ProblemDetails = components['schemas']['Problem'];

/** A call that the server refused, or that failed there. */
export class BackupProblem extends Error {
  /** Stable, for programs: `BACKUP_NOT_FOUND`. `UNKNOWN` when something else than the server answered, a proxy say. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** What to do. */
  readonly remedy: string | undefined;
  /** All that the server said; `null` when something else answered. */
  readonly problem: ProblemDetails | null;

  constructor(status: number, body: unknown) {
    const problem = isProblem(body) ? body : null;
    super(problem?.detail ?? `the server answered with status ${status}`);
    this.name = 'BackupProblem';
    this.code = problem?.code ?? 'UNKNOWN';
    this.status = status;
    this.remedy = problem?.remedy;
    this.problem = problem;
  }
}

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * The data of a call: `await unwrap(client.GET('/jobs'))`.
 * @throws BackupProblem for any status but 2xx
 */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok && data !== undefined) return data;
  throw new BackupProblem(response.status, error);
}

const isProblem = (body: unknown): body is ProblemDetails =>
  typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;
