export { decodeFullMeta, encodeMetaFile, encodeMetaFiles, type MetaFile, metaWriteOrder } from './files.js';
export { encodeGoJson, type GoJson, type GoStruct } from './go-json.js';
export { decodeLevelled, type LevelledTexts } from './levelled.js';
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
export type * from './types.js';
