export type { ColumnValues } from './column-values.js';
export {
  type CountDeletedInput,
  type CountLimits,
  countDeletedRows,
  type DeletedRows,
  type SegmentLog,
} from './count-deleted-rows.js';
export { type BinlogEvent, type BinlogFile, isBareParquet, parseBinlog } from './parse-binlog.js';
export { countRows, readColumn } from './read-column.js';
export { type DeleteRecord, readDeletes } from './read-deletes.js';
