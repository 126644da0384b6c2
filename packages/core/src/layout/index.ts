export {
  backupNameOf,
  backupPrefix,
  type MetaFileName,
  metaFileNames,
  metaKey,
  metaPrefix,
  probeFolder,
  stagedKey,
  stagingPrefix,
  stagingStart,
  tsKey,
  tsPrefix,
} from './backup-keys.js';
export { checkBackupName, checkExistingBackupName, makeBackupName, makeRestoreId } from './backup-name.js';
export {
  type BackupLog,
  binlogsPrefix,
  collectionFolder,
  type DeltaLogIds,
  deltaLogKey,
  type GroupIds,
  groupFolder,
  type InsertLogIds,
  insertLogKey,
  type LogKind,
  l0Folder,
  parseBackupLogKey,
  partitionFolder,
  type SegmentIds,
  segmentFolder,
} from './binlog-keys.js';
export {
  type MilvusDeltaIds,
  type MilvusInsertIds,
  type MilvusSegmentIds,
  milvusCollectionFolder,
  milvusSegmentFolder,
  parseMilvusDeltaKey,
  parseMilvusInsertKey,
} from './milvus-keys.js';
export { rootPrefix } from './root.js';
