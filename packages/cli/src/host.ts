import type { Readable, Writable } from 'node:stream';
import type { BackupService, Logger, ResolvedConfig } from '@milvus-backup/core';
import type { BaseContext } from 'clipanion';

export type StopSignal = 'SIGINT' | 'SIGTERM';

export interface ServiceRequest {
  readonly config: ResolvedConfig;
  readonly logger: Logger;
}

export interface ServerRequest {
  readonly service: BackupService;
  readonly logger: Logger;
  readonly host: string;
  readonly port: number;
}

export interface RunningServer {
  readonly port: number;
  readonly scheme: 'http' | 'https';
  /** Sentences about what is less safe than it could be. */
  readonly warnings: readonly string[];
  /** Stops listening, ends open requests. */
  close(): Promise<void>;
}

/**
 * Everything the command line takes from the process and from the other packages. Made once in `bin.ts`; tests make
 * their own. Nothing else in this package reads `process`.
 */
export interface CliHost {
  readonly version: string;
  readonly cwd: string;
  readonly env: Record<string, string | undefined>;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Whether someone looks at stderr: decides on bars and on the shape of log lines. */
  readonly stderrIsTerminal: boolean;
  readonly colorDepth: number;
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back on each SIGINT and SIGTERM until the returned function is called. */
  onStopSignal(listener: (signal: StopSignal) => void): () => void;
  /** Ends the process at once, for the second signal. */
  exitNow(code: number): void;
  openService(request: ServiceRequest): Promise<BackupService>;
  startServer(request: ServerRequest): Promise<RunningServer>;
}

export type CliContext = BaseContext & { readonly host: CliHost };
