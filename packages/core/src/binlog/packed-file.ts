import type { StorageDriver } from '../driver/driver.js';
import { type ColumnValues, createSink } from './column-values.js';
import { unsupported } from './failures.js';
import { loadParquet } from './load-parquet.js';
import { measureFooter, type ParquetColumn, type ParquetFile, readFooter } from './parquet-file.js';
import { naming, readBytes, type SizedObject } from './read-bytes.js';
import { readChunk } from './read-chunk.js';
import { guarded } from './read-column.js';

/** Bytes that are read of the end of a file at first; few footers are longer, and a small file is whole in them. */
const firstTail = 256 * 1024;

/** A file of a column group (storage version 2) in a store, of which only what is asked for is read. */
export interface PackedFile extends ParquetFile {
  readonly key: string;
  /**
   * The values of a column in one row group.
   * @throws BackupError `VERIFY_FAILED`, `FORMAT_UNSUPPORTED` for a nested column or a chunk above the limit
   */
  readGroup(column: ParquetColumn, group: number): Promise<ColumnValues>;
}

/**
 * Reads the footer of a file; its columns are read group by group when they are asked for, so that a file of any size takes no more
 * memory than a chunk of it.
 * @param chunkBytes a chunk may have
 * @throws BackupError `VERIFY_FAILED` naming the key, and errors of the store
 */
export async function openPacked(
  driver: StorageDriver,
  object: SizedObject,
  chunkBytes: number,
  signal: AbortSignal,
): Promise<PackedFile> {
  const { key, size } = object;
  const read = (start: number, end: number): Promise<Uint8Array> =>
    readBytes(driver, object, signal, { start, end });
  return await naming(key, async () => {
    const parquet = await loadParquet();
    let tail = await read(Math.max(0, size - firstTail), size);
    const footer = measureFooter(tail, size);
    if (footer > tail.length) tail = await read(size - footer, size);
    const file = guarded(() => readFooter(parquet, tail, size));
    const whole = tail.length === size ? tail : null;
    return {
      ...file,
      key,
      async readGroup({ leaf, name, nullable, chunks }, group) {
        const chunk = chunks[group];
        if (leaf === null || !chunk) throw unsupported(`column ${name} of ${key} is nested`);
        const length = chunk.end - chunk.start;
        if (length > chunkBytes)
          throw unsupported(`a part of ${key} has ${length} bytes, at most ${chunkBytes} are read`);
        const bytes = whole ? whole.subarray(chunk.start, chunk.end) : await read(chunk.start, chunk.end);
        return await naming(key, async () =>
          guarded(() => {
            const sink = createSink(leaf, chunk.rows);
            readChunk(parquet, bytes, chunk, { leaf, nullable }, sink);
            return sink.finish(chunk.end);
          }),
        );
      },
    };
  });
}
