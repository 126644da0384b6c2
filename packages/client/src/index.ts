export { type BackupClient, type ClientOptions, createBackupClient } from './client.js';
export type { components, paths } from './generated/api-v2.js';
export { BackupProblem, type ProblemDetails, unwrap } from './problem.js';
export { type Job, type WatchOptions, waitForJob, watchJob } from './watch-job.js';
