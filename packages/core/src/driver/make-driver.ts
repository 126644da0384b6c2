import type { StorageSection } from '../config/types.js';
import { BackupError, isBackupError } from '../errors/index.js';
import { checkOptions } from './check-options.js';
import type { StorageDriver } from './driver.js';
import type { DriverContext, DriverPlugin } from './plugin.js';

const methods = [
  'head',
  'get',
  'put',
  'copyFrom',
  'delete',
  'list',
  'bucketExists',
  'createBucket',
  'close',
] as const satisfies readonly (keyof StorageDriver)[];

/** A plugin whose `createDriver` gets checked options, and gives a whole driver or a coded error. */
export function guardPlugin(packageName: string, plugin: DriverPlugin): DriverPlugin {
  return {
    ...plugin,
    contractVersion: plugin.contractVersion,
    name: plugin.name,
    createDriver: (section, context) => makeDriver(packageName, plugin, section, context),
  };
}

function makeDriver(
  packageName: string,
  plugin: DriverPlugin,
  section: StorageSection,
  context: DriverContext,
): StorageDriver {
  let driver: StorageDriver;
  try {
    driver = plugin.createDriver(checkOptions(packageName, plugin, section), context);
  } catch (cause) {
    if (isBackupError(cause)) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    throw broken(packageName, `could not be made for ${section.path}: ${text}`, cause);
  }
  const missing = lackOf(driver);
  if (missing !== null) throw broken(packageName, `is incomplete: createDriver gave ${missing}`);
  return driver;
}

function lackOf(driver: unknown): string | null {
  if (typeof driver !== 'object' || driver === null) return `${driver === null ? 'null' : typeof driver}`;
  if (driver instanceof Promise) return 'a promise, but it must give the driver at once and connect later';
  const missing: string[] = methods.filter((name) => typeof Reflect.get(driver, name) !== 'function');
  if (typeof Reflect.get(driver, 'name') !== 'string') missing.push('name');
  const capabilities: unknown = Reflect.get(driver, 'capabilities');
  if (typeof capabilities !== 'object' || capabilities === null) missing.push('capabilities');
  return missing.length === 0 ? null : `a driver without ${missing.join(', ')}`;
}

function broken(packageName: string, what: string, cause?: unknown): BackupError {
  return new BackupError({
    code: 'DRIVER_LOAD_FAILED',
    message: `the storage driver ${packageName} ${what}`,
    remedy: 'report it to the author of the driver',
    cause,
    details: { driver: packageName },
  });
}
