import {
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { UnfinishedUpload } from '@milvus-backup/core/driver';

/** Multipart uploads below a prefix, page by page. */
export async function* listUploads(
  client: S3Client,
  bucket: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<UnfinishedUpload> {
  let marker: Pick<ListMultipartUploadsCommandOutput, 'NextKeyMarker' | 'NextUploadIdMarker'> = {};
  for (;;) {
    const page: ListMultipartUploadsCommandOutput = await client.send(
      new ListMultipartUploadsCommand({
        Bucket: bucket,
        Prefix: prefix,
        KeyMarker: marker.NextKeyMarker,
        UploadIdMarker: marker.NextUploadIdMarker,
      }),
      signal ? { abortSignal: signal } : {},
    );
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      // Some stores (MinIO) take the prefix for a whole key, or ignore it.
      if (Key === undefined || UploadId === undefined || !Key.startsWith(prefix)) continue;
      yield { key: Key, id: UploadId, ...(Initiated ? { changedAt: Initiated } : {}) };
    }
    if (!page.IsTruncated || page.NextKeyMarker === undefined) return;
    marker = page;
  }
}
