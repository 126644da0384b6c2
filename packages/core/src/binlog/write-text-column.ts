import type { FileMetaData } from 'hyparquet/src/types.js';

/** About the size of the pages that Milvus's writer makes. */
const pageBytes = 1024 * 1024;

/**
 * A Parquet file of one required column of texts, as plain pages of the first kind, which every reader knows: the library's own
 * writer makes pages of the second kind, which no version of Milvus writes. Not compressed.
 */
export async function writeTextColumn(name: string, texts: readonly string[]): Promise<Uint8Array> {
  // On first use only: no other command writes Parquet.
  const [{ ByteWriter }, { writePageHeader }, { writePlain }, { writeMetadata }] = await Promise.all([
    import('hyparquet-writer/src/bytewriter.js'),
    import('hyparquet-writer/src/datapage.js'),
    import('hyparquet-writer/src/plain.js'),
    import('hyparquet-writer/src/metadata.js'),
  ]);
  const file = new ByteWriter();
  const magic = new TextEncoder().encode('PAR1');
  file.appendBytes(magic);
  const start = file.offset;
  for (const page of pagesOf(texts)) {
    const values = new ByteWriter();
    writePlain(values, page, 'BYTE_ARRAY', undefined);
    writePageHeader(file, {
      type: 'DATA_PAGE',
      uncompressed_page_size: values.offset,
      compressed_page_size: values.offset,
      data_page_header: {
        num_values: page.length,
        encoding: 'PLAIN',
        definition_level_encoding: 'RLE',
        repetition_level_encoding: 'RLE',
      },
    });
    file.appendBytes(values.getBytes());
  }
  const size = BigInt(file.offset - start);
  const rows = BigInt(texts.length);
  const chunk = {
    type: 'BYTE_ARRAY',
    encodings: ['PLAIN', 'RLE'],
    path_in_schema: [name],
    codec: 'UNCOMPRESSED',
    num_values: rows,
    total_uncompressed_size: size,
    total_compressed_size: size,
    data_page_offset: BigInt(start),
  } as const;
  const metadata = {
    version: 2,
    schema: [
      { name: 'schema', num_children: 1 },
      { name, type: 'BYTE_ARRAY', repetition_type: 'REQUIRED', converted_type: 'UTF8' },
    ],
    num_rows: rows,
    row_groups: [
      { columns: [{ file_offset: BigInt(start), meta_data: chunk }], total_byte_size: size, num_rows: rows },
    ],
    created_by: 'milvus-backup',
    metadata_length: 0,
  } satisfies DeepReadonly<FileMetaData>;
  writeMetadata(file, metadata as unknown as FileMetaData);
  file.appendBytes(magic);
  return file.getBytes();
}

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;

function* pagesOf(texts: readonly string[]): Generator<Uint8Array[]> {
  const encoder = new TextEncoder();
  let page: Uint8Array[] = [];
  let bytes = 0;
  for (const text of texts) {
    const value = encoder.encode(text);
    page.push(value);
    bytes += value.byteLength + 4;
    if (bytes < pageBytes) continue;
    yield page;
    page = [];
    bytes = 0;
  }
  if (page.length > 0) yield page;
}
