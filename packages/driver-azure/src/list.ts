import type { BlobItem, ContainerClient } from '@azure/storage-blob';
import { compareKeys, type ListEntry, type ListOptions, type ObjectInfo } from '@milvus-backup/core/driver';
import { unquote } from './etag.js';

const pageSize = 5000;

export interface ListJob extends ListOptions {
  readonly prefix: string;
}

/**
 * One page after another; the next is asked for when the reader gets there. Azure cannot begin after a key, so what comes
 * before it is read and left out.
 */
export async function* listPages(
  container: ContainerClient,
  job: ListJob,
): AsyncGenerator<readonly ListEntry[]> {
  for await (const page of pagesOf(container, job)) {
    const { startAfter } = job;
    yield startAfter === undefined
      ? page
      : page.filter((entry) => {
          const name = nameOf(entry);
          // A folder is wanted as long as any key in it may come after.
          const within = entry.type === 'prefix' && startAfter.startsWith(name) && startAfter !== name;
          return within || compareKeys(name, startAfter) > 0;
        });
  }
}

async function* pagesOf(container: ContainerClient, job: ListJob): AsyncGenerator<readonly ListEntry[]> {
  const { prefix, delimiter, signal } = job;
  const how = { prefix, ...(signal ? { abortSignal: signal } : {}) };
  if (delimiter === undefined) {
    for await (const { segment } of container.listBlobsFlat(how).byPage({ maxPageSize: pageSize })) {
      yield sort(segment.blobItems.filter(isObject).map(toEntry));
    }
    return;
  }
  const pages = container.listBlobsByHierarchy(delimiter, how).byPage({ maxPageSize: pageSize });
  for await (const { segment } of pages) {
    const folders = (segment.blobPrefixes ?? []).map(
      ({ name }): ListEntry => ({ type: 'prefix', prefix: name }),
    );
    const objects = segment.blobItems.filter(isObject).map(toEntry);
    yield sort([...objects, ...folders]);
  }
}

/** Objects and folders come in two lists, and names beyond the basic plane of Unicode in an order of their own. */
function sort(page: ListEntry[]): ListEntry[] {
  return page.sort((left, right) => compareKeys(nameOf(left), nameOf(right)));
}

/** Accounts with a hierarchical namespace list their folders as blobs of a kind. */
export function isFolder(metadata: Readonly<Record<string, string>> | undefined): boolean {
  return metadata?.hdi_isfolder === 'true';
}

const isObject = ({ metadata, deleted }: BlobItem): boolean => !isFolder(metadata) && deleted !== true;

const toEntry = ({ name, properties }: BlobItem): ListEntry => ({
  type: 'object',
  key: name,
  ...toInfo(properties),
});

/** The facts that answers and listings have in common. */
export function toInfo(properties: {
  readonly contentLength?: number | undefined;
  readonly etag?: string | undefined;
  readonly lastModified?: Date | undefined;
  readonly contentMD5?: Uint8Array | undefined;
}): Omit<ObjectInfo, 'key'> {
  const { contentLength, etag, lastModified, contentMD5 } = properties;
  return {
    size: contentLength ?? 0,
    ...(etag ? { etag: unquote(etag) } : {}),
    ...(lastModified ? { lastModified } : {}),
    ...(contentMD5?.length === 16
      ? { checksum: { algorithm: 'md5', value: Buffer.from(contentMD5).toString('base64') } }
      : {}),
  };
}

const nameOf = (entry: ListEntry): string => (entry.type === 'object' ? entry.key : entry.prefix);
