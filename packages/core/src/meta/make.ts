import { backup, binlog, collection, database, fieldBinlog, partition, rbac, segment } from './messages.js';
import {
  collectionSchema,
  fieldSchema,
  functionSchema,
  indexInfo,
  structArrayField,
} from './schema-messages.js';

/** Each gives a message with the named keys set and all others zero, as the peer's constructors do. */
export const makeBackup = backup.make;
export const makeCollection = collection.make;
export const makePartition = partition.make;
export const makeSegment = segment.make;
export const makeFieldBinlog = fieldBinlog.make;
export const makeBinlog = binlog.make;
export const makeSchema = collectionSchema.make;
export const makeField = fieldSchema.make;
export const makeFunction = functionSchema.make;
export const makeStructArrayField = structArrayField.make;
export const makeIndex = indexInfo.make;
export const makeDatabase = database.make;
export const makeRbac = rbac.make;
