import { type ObjectInfo, throwIfAborted } from '@milvus-backup/core/driver';
import type { GcsClient } from './client.js';
import { infoOf, objectFields, objectPath } from './object.js';

export interface CopyJob {
  readonly sourceBucket: string;
  readonly sourceKey: string;
  /** Binds every step to one content of the source. */
  readonly sourceGeneration: string | undefined;
  readonly bucket: string;
  readonly key: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Copies inside the store. A large object takes several requests, each going on where the last one stopped; nothing
 * appears before the last, so an abort between them leaves nothing. A request that is under way is waited for.
 */
export async function rewriteObject(client: GcsClient, job: CopyJob): Promise<ObjectInfo> {
  const { sourceGeneration } = job;
  let rewriteToken: string | undefined;
  for (;;) {
    throwIfAborted(job.signal);
    const { data } = await client.send({
      method: 'POST',
      path: `${objectPath(job.sourceBucket, job.sourceKey)}/rewriteTo${objectPath(job.bucket, job.key)}`,
      params: {
        sourceGeneration,
        ifSourceGenerationMatch: sourceGeneration,
        rewriteToken,
        fields: `done,rewriteToken,resource(${objectFields})`,
      },
      signal: job.signal,
      settles: true,
      again: 'always',
    });
    if (data.done === true) return infoOf(job.key, { ...Object(data.resource) });
    if (typeof data.rewriteToken !== 'string')
      throw new Error('the store stopped a copy without saying how to go on');
    rewriteToken = data.rewriteToken;
  }
}
