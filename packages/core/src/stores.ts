import type { BackupConfig, StorageSection } from './config/types.js';
import type { StorageDriver } from './driver/driver.js';
import { driverRoot } from './driver/driver-root.js';
import { BackupError } from './errors/index.js';
import type { Store } from './transfer/transfer.js';

/** Opens the driver of a section; what `loadDriver` and the managed wrapper do in a real run. */
export type OpenDriver = (section: StorageSection) => Promise<StorageDriver>;

/** The stores of a configuration, each opened once, when first needed. */
export class Stores {
  readonly #config: BackupConfig;
  readonly #open: OpenDriver;
  readonly #opened = new Map<string, Promise<Store>>();

  constructor(config: BackupConfig, open: OpenDriver) {
    this.#config = config;
    this.#open = open;
  }

  /** Where Milvus keeps its data. */
  milvus(): Promise<Store> {
    return this.#store(this.#config.milvus.storage);
  }

  /** Where backups are: the configured place, or another bucket or root of the same store. */
  backup(
    place: { readonly bucketName?: string | undefined; readonly rootPath?: string | undefined } = {},
  ): Promise<Store> {
    const section = this.#config.backup.storage;
    return this.#store({
      ...section,
      bucketName: place.bucketName || section.bucketName,
      rootPath: place.rootPath || section.rootPath,
    });
  }

  /** Any other store; `path` of its section tells it from the others. */
  other(section: StorageSection): Promise<Store> {
    return this.#store(section);
  }

  async close(): Promise<void> {
    const opened = [...this.#opened.values()];
    this.#opened.clear();
    await Promise.all(opened.map(async (store) => await (await store).driver.close()));
  }

  #store(section: StorageSection): Promise<Store> {
    const key = [section.path, section.bucketName, section.rootPath].join('\n');
    let store = this.#opened.get(key);
    if (!store) {
      const opening = this.#open(section).then((driver): Store => ({ section, driver }));
      // A failed attempt is not remembered.
      opening.catch(() => this.#opened.delete(key));
      this.#opened.set(key, opening);
      store = opening;
    }
    return store;
  }
}

/** The prefix of all keys in a store. */
export function rootOf(store: Store): string {
  return driverRoot(store.section);
}

/** A key of Milvus's store as Milvus itself must be told it: a path on its disk with local storage. */
export function importPath(store: Store, key: string): string {
  const { provider, localPath, rootPath } = store.section;
  if (provider !== 'local' || key === '') return key;
  return `${(localPath || rootPath).replace(/\/+$/, '')}/${key}`;
}

/** Makes the bucket where it is absent; credentials need that right only then. */
export async function ensureBucket(store: Store, signal?: AbortSignal): Promise<void> {
  if (!(await store.driver.bucketExists({ signal }))) await store.driver.createBucket({ signal });
}

/** @throws BackupError `BUCKET_NOT_FOUND` naming the section and the bucket */
export async function assertBucket(store: Store, signal?: AbortSignal): Promise<void> {
  if (await store.driver.bucketExists({ signal })) return;
  const { path, bucketName, provider, rootPath } = store.section;
  const local = provider === 'local';
  const what = local ? `directory ${rootPath}` : `bucket ${bucketName}`;
  throw new BackupError({
    code: 'BUCKET_NOT_FOUND',
    message: `${what} of ${path} does not exist`,
    remedy: local
      ? `make the directory, or correct ${path}.rootPath`
      : `correct ${path}.bucketName; Docker Compose has a-bucket, Helm and Operator have milvus-bucket`,
    details: { bucket: bucketName, section: path },
  });
}
