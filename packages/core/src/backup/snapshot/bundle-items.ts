import type { ListEntry, StorageDriver } from '../../driver/driver.js';
import type { ManifestObject } from '../../manifest/index.js';
import { bundleFolder } from './metadata-path.js';

export interface BundleItemsInput {
  readonly driver: StorageDriver;
  /** The backup's folder, with a slash at its end. */
  readonly base: string;
  /** Objects asked for their checksum at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

/** What Milvus has written, as lines of the manifest in the order of the store's listing; only so many as are asked for at once are held. */
export async function* listBundle(input: BundleItemsInput): AsyncGenerator<ManifestObject> {
  const { driver, base, concurrency, signal } = input;
  const waiting: Promise<ManifestObject>[] = [];
  for await (const entry of driver.list(`${base}${bundleFolder}/`, { signal })) {
    if (entry.type !== 'object' || (entry.size === 0 && entry.key.endsWith('/'))) continue;
    const item = describe(input, entry);
    // Met when it is taken out; until then nobody listens.
    item.catch(() => {});
    waiting.push(item);
    if (waiting.length < concurrency) continue;
    const first = await waiting.shift();
    if (first) yield first;
  }
  for (const item of waiting) yield await item;
}

/** Listings seldom carry checksums, and Milvus told none. */
async function describe(
  { driver, base, signal }: BundleItemsInput,
  entry: ListEntry & { readonly type: 'object' },
): Promise<ManifestObject> {
  const asked = entry.checksum === undefined && driver.capabilities.checksum !== undefined;
  const info = (asked ? await driver.head(entry.key, { signal }) : null) ?? entry;
  return {
    type: 'object',
    key: entry.key.slice(base.length),
    size: entry.size,
    ...(info.checksum === undefined ? {} : { checksum: info.checksum }),
    ...(entry.etag === undefined ? {} : { etag: entry.etag }),
  };
}
