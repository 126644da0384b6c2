import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { compareKeys, type ListEntry, type ListOptions } from '@milvus-backup/core/driver';
import { unquote } from './etag.js';

export interface ListJob extends ListOptions {
  readonly bucket: string;
  readonly prefix: string;
}

/** One page after another; the next is asked for when the reader gets there. */
export async function* listPages(client: S3Client, job: ListJob): AsyncGenerator<readonly ListEntry[]> {
  let token: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await client.send(
      new ListObjectsV2Command({
        Bucket: job.bucket,
        Prefix: job.prefix,
        EncodingType: 'url',
        ...(job.delimiter ? { Delimiter: job.delimiter } : {}),
        ...(token ? { ContinuationToken: token } : job.startAfter ? { StartAfter: job.startAfter } : {}),
      }),
      job.signal ? { abortSignal: job.signal } : {},
    );
    yield entriesOf(page);
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token);
}

/** Objects and folders of a page come in two lists; the contract wants one, in byte order. */
function entriesOf(page: ListObjectsV2CommandOutput): readonly ListEntry[] {
  const decode = page.EncodingType === 'url' ? decodeKey : (key: string) => key;
  const objects: ListEntry[] = (page.Contents ?? []).map((object) => ({
    type: 'object',
    key: decode(object.Key ?? ''),
    size: object.Size ?? 0,
    ...(object.ETag ? { etag: unquote(object.ETag) } : {}),
    ...(object.LastModified ? { lastModified: object.LastModified } : {}),
  }));
  const folders: ListEntry[] = (page.CommonPrefixes ?? []).map((folder) => ({
    type: 'prefix',
    prefix: decode(folder.Prefix ?? ''),
  }));
  if (folders.length === 0) return objects;
  return [...objects, ...folders].sort((left, right) => compareKeys(nameOf(left), nameOf(right)));
}

const nameOf = (entry: ListEntry): string => (entry.type === 'object' ? entry.key : entry.prefix);

/** S3 writes a blank as `+`, and a plus as `%2B`. */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}
