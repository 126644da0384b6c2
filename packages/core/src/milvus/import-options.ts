import type { ImportOptions } from './gateway.js';
import type { WireKeyValue } from './messages.js';

/** The options by which Milvus knows an import of binlogs, of gRPC and of REST. */
export function importOptions(input: ImportOptions): readonly WireKeyValue[] {
  return [
    { key: 'skip_disk_quota_check', value: 'true' },
    input.isL0 ? { key: 'l0_import', value: 'true' } : { key: 'backup', value: 'true' },
    ...(input.endTimestamp ? [{ key: 'end_ts', value: String(input.endTimestamp) }] : []),
    ...(input.storageVersion > 0n ? [{ key: 'storage_version', value: String(input.storageVersion) }] : []),
    ...(input.ezk === '' ? [] : [{ key: 'ezk', value: input.ezk }]),
  ];
}
