export type { ServiceDeps } from './deps.js';
export { openService, type Surroundings } from './open-service.js';
export { processSurroundings } from './process-surroundings.js';
export { createBackupService } from './service.js';
