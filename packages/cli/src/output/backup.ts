import type { BackupDetails } from '@milvus-backup/core';

/**
 * The document of `get`, as the Go tool prints it: indented by four, 64-bit ids as bare integers, and the state and
 * progress of a run that is none.
 */
export async function renderBackup({ meta, metaSize }: BackupDetails): Promise<string> {
  const { briefOf, encodeGoJson } = await import('@milvus-backup/core');
  return encodeGoJson(briefOf({ meta, metaSize }), '    ');
}
