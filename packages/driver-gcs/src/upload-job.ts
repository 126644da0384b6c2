import type { PutOptions } from '@milvus-backup/core/driver';

/** One object to write. */
export interface UploadJob extends PutOptions {
  readonly bucket: string;
  readonly key: string;
  /** Bytes held for a body of unknown length. */
  readonly chunkSize: number;
}

/** Generation 0 is that of an object that does not exist. */
export function onlyNew(job: PutOptions): { readonly ifGenerationMatch?: string } {
  return job.ifNoneMatch ? { ifGenerationMatch: '0' } : {};
}
