import { compareKeys, type ListEntry, type ListOptions } from '@milvus-backup/core/driver';
import type { GcsClient } from './client.js';
import { infoOf, objectFields, objectPath } from './object.js';

export interface ListJob extends ListOptions {
  readonly bucket: string;
  readonly prefix: string;
}

/** One page after another; the next is asked for when the reader gets there. */
export async function* listPages(client: GcsClient, job: ListJob): AsyncGenerator<readonly ListEntry[]> {
  let pageToken: string | undefined;
  do {
    const { data } = await client.send({
      method: 'GET',
      path: objectPath(job.bucket),
      params: {
        prefix: job.prefix === '' ? undefined : job.prefix,
        delimiter: job.delimiter,
        startOffset: job.startAfter,
        pageToken,
        fields: `items(${objectFields}),prefixes,nextPageToken`,
      },
      signal: job.signal,
      again: 'always',
    });
    yield entriesOf(data, job.startAfter);
    const next = data.nextPageToken;
    pageToken = typeof next === 'string' && next !== '' ? next : undefined;
  } while (pageToken !== undefined);
}

/**
 * Objects and folders of a page come in two lists; the contract wants one, in byte order. `startOffset` begins with the
 * key it names, which the contract leaves out.
 */
function entriesOf(
  { items, prefixes }: Readonly<Record<string, unknown>>,
  startAfter: string | undefined,
): readonly ListEntry[] {
  const entries: ListEntry[] = [];
  for (const item of Array.isArray(items) ? items : []) {
    const data: Record<string, unknown> = { ...item };
    const key = String(data.name ?? '');
    if (key !== startAfter) entries.push({ type: 'object', ...infoOf(key, data) });
  }
  if (!Array.isArray(prefixes)) return entries;
  for (const prefix of prefixes) entries.push({ type: 'prefix', prefix: String(prefix) });
  return entries.sort((left, right) => compareKeys(nameOf(left), nameOf(right)));
}

const nameOf = (entry: ListEntry): string => (entry.type === 'object' ? entry.key : entry.prefix);
