/**
 * The parts of the Parquet library that decode one page, and what unpacks a page: the original Zstandard, which checks the
 * checksum of each frame. The decompressor that goes with the Parquet library ignores it, and some frames with one wrong
 * byte keep it busy for ever.
 */
export type Parquet = Awaited<ReturnType<typeof importParquet>>;

let loaded: Promise<Parquet> | undefined;

/** On first use only: no command but a proof needs them, and they would lengthen every start. */
export function loadParquet(): Promise<Parquet> {
  loaded ??= importParquet();
  return loaded;
}

async function importParquet() {
  const [metadata, column, dataPage, plain, zstd] = await Promise.all([
    import('hyparquet/src/metadata.js'),
    import('hyparquet/src/column.js'),
    import('hyparquet/src/datapage.js'),
    import('hyparquet/src/plain.js'),
    import('zstddec'),
  ]);
  const zstdDecoder = new zstd.ZSTDDecoder();
  await zstdDecoder.init();
  return {
    parquetMetadata: metadata.parquetMetadata,
    parquetHeader: column.parquetHeader,
    readDataPage: dataPage.readDataPage,
    readPlain: plain.readPlain,
    zstdDecoder,
  };
}
