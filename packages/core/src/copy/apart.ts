import type { StorageSection } from '../config/types.js';
import { BackupError } from '../errors/index.js';
import { backupPrefix, metaKey, tsKey } from '../layout/index.js';
import type { CopyEnd, CopyRun } from './copy-run.js';

/**
 * Refuses two ends that are one place by what the configuration says of them, and the backup seen from both.
 * @throws BackupError `INVALID_ARGUMENT`
 */
export async function assertApart(from: CopyEnd, to: CopyEnd, signal: AbortSignal): Promise<void> {
  const [source, target] = [backupPrefix(from.root, from.name), backupPrefix(to.root, to.name)];
  const overlap = from.root === to.root || source.startsWith(target) || target.startsWith(source);
  if (!overlap || !namesOneBucket(from.section, to.section)) return;
  const key = metaKey(from.root, from.name, 'backup_meta.json');
  const [one, other] = await Promise.all([from, to].map(({ driver }) => driver.head(key, { signal })));
  // One address may serve several tenants with buckets of one name.
  if (one?.etag === other?.etag && one?.lastModified?.getTime() === other?.lastModified?.getTime()) {
    throw onePlace(from, to);
  }
}

/**
 * Refuses two ends that are one place under two names (an alias of a host, a link to a directory): a small object that is
 * written to one must not show up in the other. It is gone afterwards.
 * @throws BackupError `INVALID_ARGUMENT`, and errors of the target's store
 */
export async function probeApart({ id, from, to }: CopyRun, signal: AbortSignal): Promise<void> {
  const probe = `probe-${id}.json`;
  const written = tsKey(to.root, to.name, probe);
  await to.driver.put(written, new TextEncoder().encode('{"version":1}'), { signal });
  try {
    const seen = await from.driver.head(tsKey(from.root, to.name, probe), { signal });
    if (seen !== null) throw onePlace(from, to);
  } finally {
    // Without the signal: nothing of it may stay.
    await to.driver.delete([written]);
  }
}

function namesOneBucket(a: StorageSection, b: StorageSection): boolean {
  if (a.provider === 'local' || b.provider === 'local') {
    return a.provider === b.provider && trimEnd(a.rootPath) === trimEnd(b.rootPath);
  }
  if (a.driver !== b.driver || JSON.stringify(a.options) !== JSON.stringify(b.options)) return false;
  const placeOf = ({ address, port, accountName, bucketName }: StorageSection): string =>
    JSON.stringify([address.toLowerCase(), port, accountName, bucketName]);
  return placeOf(a) === placeOf(b);
}

const trimEnd = (path: string): string => path.replace(/(?<=.)\/+$/, '');

function onePlace(from: CopyEnd, to: CopyEnd): BackupError {
  const { provider, bucketName, rootPath } = to.section;
  const where = provider === 'local' ? `directory ${rootPath}` : `bucket ${bucketName}, root "${to.root}"`;
  return new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `${from.label} and ${to.label} are one place (${where}): a copy there would be lost with the backup`,
    remedy:
      'copy to another store: name one below `storages` of the configuration, or another configuration file',
    details: { from: from.label, to: to.label },
  });
}
