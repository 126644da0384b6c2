export { type BriefInput, type BriefTask, briefOf } from './brief.js';
export {
  decodeFullMeta,
  encodeMetaFile,
  encodeMetaFiles,
  type MetaFile,
  metaFilesOf,
  metaWriteOrder,
} from './files.js';
export { encodeGoJson, type GoJson, type GoStruct } from './go-json.js';
export { decodeLevelled, decodeSnapshotLevelled, type LevelledTexts } from './levelled.js';
export {
  makeBackup,
  makeBinlog,
  makeCollection,
  makeDatabase,
  makeField,
  makeFieldBinlog,
  makeFunction,
  makeIndex,
  makePartition,
  makeRbac,
  makeSchema,
  makeSegment,
  makeStructArrayField,
} from './make.js';
export {
  backupMetaExists,
  type MetaCallOptions,
  maxMetaFileSize,
  measureMeta,
  readBackupHead,
  readBackupMeta,
} from './read.js';
export type * from './types.js';
export { requireBinlogFormat, requireKnownFormat, validateMeta } from './validate.js';
export { writeBackupMeta } from './write.js';
