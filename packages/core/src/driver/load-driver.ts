import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StorageSection } from '../config/types.js';
import { BackupError } from '../errors/index.js';
import { guardPlugin } from './make-driver.js';
import { type DriverPlugin, driverContractVersion } from './plugin.js';
import { isPackageName, isPath, resolvePackage } from './resolve-package.js';

/** The package that serves a provider when `driver` names no other. */
export const driverPackages: Readonly<Record<StorageSection['provider'], string>> = {
  minio: '@milvus-backup/driver-s3',
  s3: '@milvus-backup/driver-s3',
  aws: '@milvus-backup/driver-s3',
  gcp: '@milvus-backup/driver-s3',
  aliyun: '@milvus-backup/driver-s3',
  tencent: '@milvus-backup/driver-s3',
  hwc: '@milvus-backup/driver-s3',
  local: '@milvus-backup/driver-local',
  azure: '@milvus-backup/driver-azure',
  gcpnative: '@milvus-backup/driver-gcs',
};

export interface LoadDriverOptions {
  /** Folders or `file:` URLs of modules to search from, the first that has the package wins: config file, then frontend. */
  readonly resolveFrom: readonly string[];
  /** Replaces `import()`, for programs that bundle their drivers. */
  readonly import?: (url: string) => Promise<unknown>;
}

/**
 * Finds and checks the driver package of a storage section. Nothing is ever installed. The plugin it gives checks options
 * by the schema of the driver, and that the driver made is whole.
 * @throws BackupError `DRIVER_LOAD_FAILED` with the name, the places tried and what to do
 */
export async function loadDriver(
  section: Pick<StorageSection, 'path' | 'provider' | 'driver'>,
  options: LoadDriverOptions,
): Promise<DriverPlugin> {
  const name = section.driver ?? driverPackages[section.provider];
  if (!isPackageName(name) && !isPath(name)) throw noName(name, section);
  const places = [...new Set(options.resolveFrom.map(toFolder))];
  const url = findDriver(name, places);
  if (url === null) throw notFound(name, section, places);
  const module = await importDriver(name, url, options);
  return guardPlugin(name, checkPlugin(name, url, module));
}

function findDriver(name: string, places: readonly string[]): string | null {
  try {
    for (const folder of places) {
      const url = resolvePackage(name, folder);
      if (url !== null) return url;
    }
    return null;
  } catch (cause) {
    throw failed(name, {
      message: `the description of the storage driver ${name} cannot be read: ${textOf(cause)}`,
      remedy: installAnew(name),
      cause,
    });
  }
}

async function importDriver(name: string, url: string, options: LoadDriverOptions): Promise<unknown> {
  const importModule = options.import ?? ((specifier: string) => import(specifier));
  try {
    return await importModule(url);
  } catch (cause) {
    throw failed(name, {
      message: `the storage driver ${name} could not be loaded from ${fileOf(url)}: ${textOf(cause)}`,
      remedy: `${installAnew(name)}; if that does not help, report it to its author`,
      cause,
    });
  }
}

function checkPlugin(name: string, url: string, module: unknown): DriverPlugin {
  // Node does not see every export of a CommonJS package by its name, but has all of them as its default.
  const named = property(module, 'driverPlugin');
  const plugin = named === undefined ? property(property(module, 'default'), 'driverPlugin') : named;
  if (plugin === undefined) {
    throw failed(name, {
      message: `${name}, loaded from ${fileOf(url)}, is no storage driver: it does not export driverPlugin`,
      remedy: 'name a package that is a driver, or look at "Write a driver" in the documentation',
    });
  }
  const version = property(plugin, 'contractVersion');
  if (version !== driverContractVersion) {
    throw failed(name, {
      message: `the storage driver ${name} is written for contract version ${String(version)}, this program has version ${driverContractVersion}`,
      remedy: isPath(name)
        ? `write ${name} for this version, or update this program`
        : `install a version of ${name} that fits, with "npm install ${name}@latest", or update this program`,
    });
  }
  if (!isPlugin(plugin)) {
    throw failed(name, {
      message: `driverPlugin of ${name} lacks its name or the function createDriver`,
      remedy: 'report it to the author of the driver',
    });
  }
  return plugin;
}

function isPlugin(value: unknown): value is DriverPlugin {
  return typeof property(value, 'name') === 'string' && typeof property(value, 'createDriver') === 'function';
}

function notFound(
  name: string,
  section: Pick<StorageSection, 'path' | 'provider' | 'driver'>,
  places: readonly string[],
): BackupError {
  const because =
    section.driver === undefined
      ? `${section.path}.provider "${section.provider}"`
      : `${section.path}.driver "${section.driver}"`;
  return failed(name, {
    message: `the storage driver ${name}, needed for ${because}, was not found; looked from ${places.join(' and ')}`,
    remedy: isPath(name)
      ? `write ${section.path}.driver as a path from the folder of the configuration file`
      : `install it with "npm install ${name}" in one of these folders`,
  });
}

function noName(name: string, { path }: Pick<StorageSection, 'path'>): BackupError {
  return failed(name, {
    message: `${path}.driver ${JSON.stringify(name)} is neither the name of a package nor a path`,
    remedy: `write ${path}.driver as npm knows the package ("tape", "@acme/tape"), or as a path that begins with ./`,
  });
}

function installAnew(name: string): string {
  return isPath(name) ? `correct ${name}` : `install it anew with "npm install ${name}"`;
}

interface Failure {
  readonly message: string;
  readonly remedy: string;
  readonly cause?: unknown;
}

function failed(name: string, failure: Failure): BackupError {
  return new BackupError({ code: 'DRIVER_LOAD_FAILED', ...failure, details: { driver: name } });
}

function toFolder(place: string): string {
  return place.startsWith('file:') ? dirname(fileURLToPath(place)) : place;
}

function fileOf(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url) : url;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function property(value: unknown, name: string): unknown {
  const holds = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return holds ? Reflect.get(value, name) : undefined;
}
