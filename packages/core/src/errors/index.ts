export { cancelled, joinSignals, sleep, throwIfAborted, untilAborted } from './abort.js';
export { BackupError, type BackupErrorInit, isBackupError, toBackupError } from './backup-error.js';
export { type ErrorCode, errorCodes } from './codes.js';
