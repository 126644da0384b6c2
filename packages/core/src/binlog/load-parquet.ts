/** The parts of the Parquet library that decode one page, and what unpacks a page. */
export type Parquet = Awaited<ReturnType<typeof importParquet>>;

let loaded: Promise<Parquet> | undefined;

/** On first use only: no command but a proof needs them, and they would lengthen every start. */
export function loadParquet(): Promise<Parquet> {
  loaded ??= importParquet();
  return loaded;
}

async function importParquet() {
  const [metadata, column, dataPage, plain, hash, compressors] = await Promise.all([
    import('hyparquet/src/metadata.js'),
    import('hyparquet/src/column.js'),
    import('hyparquet/src/datapage.js'),
    import('hyparquet/src/plain.js'),
    import('hyparquet/src/xxhash.js'),
    import('hyparquet-compressors'),
  ]);
  return {
    parquetMetadata: metadata.parquetMetadata,
    parquetHeader: column.parquetHeader,
    readDataPage: dataPage.readDataPage,
    readPlain: plain.readPlain,
    xxhash64: hash.xxhash64,
    decompressZstd: compressors.decompressZstd,
  };
}
