import { BackupError } from '../../errors/index.js';
import type { MilvusServerInfo } from '../../milvus/gateway.js';
import type { BackupFormat, BackupStrategy } from '../../requests.js';

/**
 * What a backup is made of: binlogs that this tool copies, or a bundle that Milvus writes. As in the Go tool `auto` is the snapshot
 * format on Milvus 3.0 and newer, and on builds without a number. A backup of the schemas alone has no snapshots: its format is the
 * one that every restore can read.
 * @throws BackupError `MILVUS_UNSUPPORTED` for snapshots on an older server, `INVALID_ARGUMENT` for snapshots without data
 */
export function resolveFormat(
  asked: BackupFormat,
  strategy: BackupStrategy,
  { version, features }: MilvusServerInfo,
): Exclude<BackupFormat, 'auto'> {
  if (asked === 'binlog') return 'binlog';
  if (asked === 'auto') return features.snapshot && strategy !== 'meta_only' ? 'snapshot' : 'binlog';
  if (!features.snapshot) {
    throw new BackupError({
      code: 'MILVUS_UNSUPPORTED',
      message: `the snapshot format needs a milvus 3.0 or newer server, this one is ${version}`,
      remedy: 'leave the format out, or set it to auto or binlog (--format binlog)',
      details: { milvusVersion: version },
    });
  }
  if (strategy === 'meta_only') {
    throw new BackupError({
      code: 'INVALID_ARGUMENT',
      message: 'the snapshot format holds data, the strategy meta_only none',
      remedy: 'leave one of the two out',
    });
  }
  return 'snapshot';
}
