export { createCli, runCli } from './cli.js';
export { type ExitCode, exitCodeMeanings, exitCodeOf, exitCodes } from './exit-codes.js';
export type {
  CliContext,
  CliHost,
  RunningServer,
  ServerRequest,
  ServiceRequest,
  StopSignal,
} from './host.js';
