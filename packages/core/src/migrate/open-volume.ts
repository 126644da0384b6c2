import type { CopyEnd } from '../copy/copy-run.js';
import { BackupError } from '../errors/index.js';
import type { MigrateRun } from './migrate-run.js';
import { assertSamePlace, type CloudVolume, planVolume } from './plan-volume.js';
import { RenewingDriver } from './renewing-driver.js';

/** The volume as the end of a copy; whoever opens it closes its driver. */
export interface OpenVolume {
  readonly volume: CloudVolume;
  readonly to: CopyEnd;
}

/**
 * Has the cloud lend a place for the upload, and opens it; its credentials are renewed as long as it is open.
 * @param bytes of the upload
 * @throws BackupError of the cloud; `STORAGE_FULL` when the cloud takes no upload of that size
 */
export async function openVolume(
  { id, clusterId, cloud, endpoint, openDriver, identity, logger }: MigrateRun,
  bytes: number,
  signal: AbortSignal,
): Promise<OpenVolume> {
  const apply = async (during: AbortSignal): Promise<CloudVolume> =>
    planVolume(await cloud.applyVolume(clusterId, id, during), id, endpoint);
  const volume = await apply(signal);
  if (volume.maxBytes > 0 && bytes > volume.maxBytes) throw tooLarge(bytes, volume.maxBytes);
  const driver = new RenewingDriver({
    first: { driver: await openDriver(volume.section), expiresAt: volume.expiresAt },
    renew: async (during = signal) => {
      const next = await apply(during);
      assertSamePlace(volume, next);
      return { driver: await openDriver(next.section), expiresAt: next.expiresAt };
    },
    now: identity.now,
    logger,
  });
  const label = `volume ${volume.name} of Zilliz Cloud`;
  return {
    volume,
    to: { driver, section: volume.section, label, root: volume.root, name: volume.folder },
  };
}

function tooLarge(bytes: number, limit: number): BackupError {
  return new BackupError({
    code: 'STORAGE_FULL',
    message: `the backup has ${bytes} bytes, Zilliz Cloud takes ${limit} in one upload`,
    remedy: 'ask the support of Zilliz Cloud to lift the limit, or migrate a backup of fewer collections',
    details: { bytes, limit },
  });
}
