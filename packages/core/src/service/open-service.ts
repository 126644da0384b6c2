import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { freeSpace } from '../check/free-space.js';
import type { ResolvedConfig } from '../config/types.js';
import { loadDriver } from '../driver/load-driver.js';
import { createManagedDriver } from '../driver/managed-driver.js';
import { createTrafficLimits } from '../driver/traffic-limits.js';
import type { Logger } from '../log.js';
import { createManagementClient, createMilvusGateway } from '../milvus/index.js';
import type { BackupService } from '../service-types.js';
import type { RunIdentity } from '../task/record-store.js';
import { createBackupService } from './service.js';

/** What a composition root (a command line, a server, a program of yours) knows of its process. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly identity: RunIdentity;
  /** Told to Milvus when connecting. */
  readonly user: string;
  /** Version of the program. */
  readonly version: string;
  /** Nanoseconds within the second, for generated names. */
  readonly nanoseconds: () => number;
  /** Folders or files whose `node_modules` may hold drivers, after the one beside the configuration file. */
  readonly driversFrom: readonly string[];
}

/**
 * The service of a loaded configuration, with the real drivers and the real Milvus behind it.
 * Nothing is contacted, and no driver loaded, before a verb needs it.
 */
export function openService(
  config: ResolvedConfig,
  logger: Logger,
  surroundings: Surroundings,
): BackupService {
  const { env, cwd, identity, user, version, nanoseconds, driversFrom } = surroundings;
  const resolveFrom = [...(config.file === null ? [] : [dirname(config.file)]), ...driversFrom];
  const limits = createTrafficLimits(config.value.transfer);
  return createBackupService({
    config,
    logger,
    identity,
    openDriver: async (section) => {
      const plugin = await loadDriver(section, { resolveFrom });
      return createManagedDriver(plugin.createDriver(section, { env, cwd }), { logger, limits });
    },
    openMilvus: (section) =>
      createMilvusGateway(section, {
        logger,
        identity: { user, host: identity.owner.host },
        version,
        readFile: (path) => readFile(path),
        clock: () => new Date(identity.now()),
      }),
    openManagement: (endpoint) => createManagementClient({ management: { endpoint } }),
    makeId: randomUUID,
    readText: (path) => readFile(resolve(cwd, path), 'utf8'),
    freeSpace: (directory) => freeSpace(resolve(cwd, directory)),
    nanoseconds,
  });
}
