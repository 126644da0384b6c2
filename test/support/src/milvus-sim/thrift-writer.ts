/** Thrift's compact protocol, as far as a Parquet footer needs it. */
export type ThriftValue =
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly text: string }
  | { readonly struct: ThriftStruct }
  | { readonly list: readonly ThriftValue[] };

/** Field number to value, in ascending order; undefined ones are left out. */
export type ThriftStruct = Readonly<Record<number, ThriftValue | undefined>>;

const typeIds = { i32: 5, i64: 6, text: 8, list: 9, struct: 12 } as const;

export function encodeThrift(struct: ThriftStruct): Buffer {
  const bytes: number[] = [];
  writeStruct(struct, bytes);
  return Buffer.from(bytes);
}

function writeStruct(struct: ThriftStruct, out: number[]): void {
  let last = 0;
  for (const [key, value] of Object.entries(struct)) {
    if (value === undefined) continue;
    const id = Number(key);
    out.push(((id - last) << 4) | typeOf(value));
    last = id;
    writeValue(value, out);
  }
  out.push(0);
}

function writeValue(value: ThriftValue, out: number[]): void {
  if ('i32' in value) writeVarint(zigzag(value.i32), out);
  else if ('i64' in value) writeVarint(zigzag(value.i64), out);
  else if ('text' in value) {
    const text = Buffer.from(value.text, 'utf8');
    writeVarint(text.length, out);
    out.push(...text);
  } else if ('struct' in value) writeStruct(value.struct, out);
  else {
    const [first] = value.list;
    const type = first === undefined ? typeIds.struct : typeOf(first);
    if (value.list.length < 15) out.push((value.list.length << 4) | type);
    else {
      out.push(0xf0 | type);
      writeVarint(value.list.length, out);
    }
    for (const item of value.list) writeValue(item, out);
  }
}

function typeOf(value: ThriftValue): number {
  if ('i32' in value) return typeIds.i32;
  if ('i64' in value) return typeIds.i64;
  if ('text' in value) return typeIds.text;
  return 'struct' in value ? typeIds.struct : typeIds.list;
}

/** Sizes and counts stay far below 2^53. */
function zigzag(value: number): number {
  return value < 0 ? -value * 2 - 1 : value * 2;
}

function writeVarint(value: number, out: number[]): void {
  let rest = value;
  while (rest > 0x7f) {
    out.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  out.push(rest);
}
