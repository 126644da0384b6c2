/** A value of the file before it has a type. */
export type FileValue =
  | {
      readonly kind: 'scalar';
      readonly value: string | number | boolean;
      /** As written, without quotes. */
      readonly text: string;
      readonly quoted: boolean;
    }
  | { readonly kind: 'list'; readonly items: readonly FileValue[] }
  | { readonly kind: 'map'; readonly value: Readonly<Record<string, unknown>> };

export interface FileEntry {
  /** Path as written, levels joined by dots. */
  readonly key: string;
  readonly value: FileValue;
  /** From 1. */
  readonly line: number;
}

/** What a file says: its settings by lower-case path. Null values are as if absent. */
export interface FileContent {
  readonly entries: ReadonlyMap<string, FileEntry>;
  readonly warnings: readonly string[];
}

/** In the words of YAML, for messages. */
export function nameKind(value: FileValue): string {
  if (value.kind !== 'scalar') return value.kind;
  if (typeof value.value === 'string') return 'string';
  return typeof value.value === 'boolean' ? 'bool' : 'number';
}
