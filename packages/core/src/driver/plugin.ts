import type { StorageSection } from '../config/types.js';
import type { StorageDriver } from './driver.js';

/** Raised when the contract changes in a way that old drivers do not meet. */
export const driverContractVersion = 1;

/** What a driver gets from its surroundings; it reads no environment and no working directory itself. */
export interface DriverContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths of files (certificates, keys, a local root) start here. */
  readonly cwd: string;
}

/** What a driver package exports under the name `driverPlugin`. */
export interface DriverPlugin {
  readonly contractVersion: typeof driverContractVersion;
  readonly name: string;
  /**
   * Checks the section and gives a driver for its bucket without any traffic.
   * @throws BackupError `CONFIG_INVALID` naming the key and the value
   */
  createDriver(section: StorageSection, context: DriverContext): StorageDriver;
}
