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
   * Checks the block `options` of the section before `createDriver` gets it, with its defaults filled in. A schema of zod,
   * valibot or arktype as it is. Default: the block arrives as the user wrote it, and the driver checks it.
   */
  readonly optionsSchema?: OptionsSchema;
  /**
   * Names in `options`, or paths with dots, whose values no message may hold. Names that look like secrets (`password`,
   * `privateKey`, `accessToken`) are kept out of messages without being listed.
   */
  readonly secretOptions?: readonly string[];
  /**
   * Checks the section and gives a driver for its bucket without any traffic.
   * @throws BackupError `CONFIG_INVALID` naming the key and the value
   */
  createDriver(section: StorageSection, context: DriverContext): StorageDriver;
}

/** The part of the Standard Schema interface (standardschema.dev, version 1) that core uses. It must answer at once. */
export interface OptionsSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => OptionsVerdict | Promise<OptionsVerdict>;
  };
}

export type OptionsVerdict =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly OptionsIssue[] };

export interface OptionsIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
