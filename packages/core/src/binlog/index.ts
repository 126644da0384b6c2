export type { ColumnValues } from './column-values.js';
export {
  type CountDeletedInput,
  type CountLimits,
  countDeletedRows,
  type DeletedRows,
} from './count-deleted-rows.js';
export { openPacked, type PackedFile } from './packed-file.js';
export { type BinlogEvent, type BinlogFile, isBareParquet, parseBinlog } from './parse-binlog.js';
export { countRows, type NamedColumn, readColumn, readColumns } from './read-column.js';
export { type DeleteRecord, readDeletes } from './read-deletes.js';
export { defaultLogBytes, isPacked, type RowBlock, type RowsInput, readRows } from './read-rows.js';
export { type SegmentLog, systemFields } from './segment-log.js';
export { type DeleteLogInput, writeDeleteLog } from './write-delete-log.js';
