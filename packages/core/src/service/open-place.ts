import type { StorageSection } from '../config/types.js';
import { BackupError } from '../errors/index.js';
import type { Stores } from '../stores.js';
import type { Store } from '../transfer/transfer.js';

/** What stands for the configured `backup.storage`. */
const configured = 'backup';

/**
 * The store that a request names, and how to call it.
 * @throws BackupError `INVALID_ARGUMENT` for a name that the configuration does not have
 */
export async function openPlace(
  place: string | StorageSection | undefined,
  storages: Readonly<Record<string, StorageSection>>,
  stores: Stores,
): Promise<{ readonly label: string; readonly store: Store }> {
  if (typeof place === 'object') return { label: place.path, store: await stores.other(place) };
  if (!place || place.toLowerCase() === configured) {
    return { label: configured, store: await stores.backup() };
  }
  // As in the file, where names match in any case.
  const found = Object.entries(storages).find(([label]) => label.toLowerCase() === place.toLowerCase());
  if (found) return { label: found[0], store: await stores.other(found[1]) };
  const known = [configured, ...Object.keys(storages)].join(', ');
  throw new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `the configuration names no store ${JSON.stringify(place.slice(0, 64))}`,
    remedy: `name one of ${known}, or add it below \`storages\` of the configuration`,
    details: { store: place.slice(0, 64) },
  });
}
