import protobuf from 'protobufjs/light.js';

/**
 * What a message holds beyond the definitions that this tool knows: fields of a Milvus that is newer. They ride along as bytes under
 * this key, from the server into a backup and back, since protobufjs drops them.
 */
export const unknownKey = '$unknown';

type Members = Record<string, unknown>;

/**
 * Puts them into a decoded message and all messages inside of it.
 * @param message what `type` has made of the bytes
 */
export function attachUnknown(type: protobuf.Type, bytes: Uint8Array, message: object): void {
  const members = message as Members;
  const reader = protobuf.Reader.create(bytes);
  const unknown: Uint8Array[] = [];
  const seen = new Map<string, number>();
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    const field = type.fieldsById[tag >>> 3];
    const inner = field?.resolve().resolvedType;
    if (field === undefined || !(inner instanceof protobuf.Type) || (tag & 7) !== delimited) {
      reader.skipType(tag & 7);
      if (field === undefined) unknown.push(bytes.subarray(start, reader.pos));
      continue;
    }
    const part = reader.bytes();
    const held = members[field.name];
    if (field instanceof protobuf.MapField) {
      const { key, value } = readEntry(part);
      attachTo(inner, value, (held as Members | undefined)?.[key]);
    } else if (field.repeated) {
      const index = seen.get(field.name) ?? 0;
      seen.set(field.name, index + 1);
      attachTo(inner, part, (held as unknown[] | undefined)?.[index]);
    } else attachTo(inner, part, held);
  }
  if (unknown.length > 0) members[unknownKey] = Buffer.concat(unknown);
}

/** A message with what rides along in it, as `attachUnknown` has put it there. */
export function encodeWithUnknown(type: protobuf.Type, message: object): Uint8Array {
  const members = message as Members;
  const parts: Uint8Array[] = [];
  for (const field of type.fieldsArray.toSorted((one, other) => one.id - other.id)) {
    const value = members[field.name];
    if (value === undefined || value === null) continue;
    const inner = field.resolve().resolvedType;
    if (!(inner instanceof protobuf.Type) || field.map) {
      parts.push(type.encode(type.fromObject({ [field.name]: value })).finish());
      continue;
    }
    const own = protobuf.Writer.create();
    for (const one of field.repeated && Array.isArray(value) ? value : [value]) {
      own.uint32((field.id << 3) | delimited).bytes(encodeWithUnknown(inner, one as object));
    }
    parts.push(own.finish());
  }
  const unknown = members[unknownKey];
  if (unknown instanceof Uint8Array) parts.push(unknown);
  return Buffer.concat(parts);
}

/** Wire type of texts, bytes and messages. */
const delimited = 2;

function attachTo(type: protobuf.Type, bytes: Uint8Array, message: unknown): void {
  if (typeof message === 'object' && message !== null) attachUnknown(type, bytes, message);
}

/** Of a map from texts to messages. */
function readEntry(bytes: Uint8Array): { readonly key: string; readonly value: Uint8Array } {
  const reader = protobuf.Reader.create(bytes);
  let key = '';
  let value: Uint8Array = new Uint8Array();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === ((1 << 3) | delimited)) key = reader.string();
    else if (tag === ((2 << 3) | delimited)) value = reader.bytes();
    else reader.skipType(tag & 7);
  }
  return { key, value };
}
