/** Ids, times, sizes and names that no two backups share: only their JSON type and whether they are zero is compared. */
const volatile = new Set([
  'id',
  'collection_id',
  'partition_id',
  'segment_id',
  'group_id',
  'index_id',
  'log_id',
  'log_path',
  'log_size',
  'size',
  'num_of_rows',
  'created_timestamp',
  'backup_physical_timestamp',
  'virtual_channel_names',
  'physical_channel_names',
]);

/** Lists whose order says nothing, and what names their elements. */
const identities: Readonly<Record<string, readonly string[]>> = {
  collection_backups: ['db_name', 'collection_name'],
  infos: ['db_name', 'collection_name'],
  partition_backups: ['partition_name'],
  database_backups: ['db_name'],
  fields: ['fieldID'],
  index_infos: ['index_name'],
  type_params: ['key'],
  properties: ['key'],
};

type Tree = Readonly<Record<string, unknown>>;

/**
 * Compares two metadata trees: the same keys in the same order in every object, the same JSON types, and the same
 * values except those that cannot be the same. Segments are compared by {@link shapeOf}, since their number differs.
 * @returns what differs, in words
 */
export function compareMeta(golden: unknown, ours: unknown): string[] {
  const differences: string[] = [];
  const differ = (path: string, one: unknown, other: unknown): void => {
    differences.push(`${path}: the Go tool has ${String(one)}, ours ${String(other)}`);
  };
  const visit = (one: unknown, other: unknown, key: string, path: string): void => {
    if (isTree(one) && isTree(other)) {
      const [keys, otherKeys] = [Object.keys(one).join(','), Object.keys(other).join(',')];
      if (keys !== otherKeys) differ(path, keys, otherKeys);
      for (const name of Object.keys(one)) visit(one[name], other[name], name, `${path}.${name}`);
    } else if (Array.isArray(one) && Array.isArray(other)) {
      if (one.length !== other.length) differ(path, `${one.length} items`, `${other.length}`);
      else visitList(one, other, key, path);
    } else if (typeof one !== typeof other) {
      differ(path, typeof one, typeof other);
    } else if (volatile.has(key) || path === '.name') {
      if ((one === 0n) !== (other === 0n)) differ(path, one, other);
    } else if (one !== other) {
      differ(path, one, other);
    }
  };
  const visitList = (one: unknown[], other: unknown[], key: string, path: string): void => {
    const names = identities[key];
    const [sorted, otherSorted] = [sortBy(one, names), sortBy(other, names)];
    sorted.forEach((item, index) => {
      visit(item, otherSorted[index], key, `${path}[${index}]`);
    });
  };
  visit(golden, ours, '', '');
  return differences;
}

/** A tree with its segments taken out, keeping where they were. */
export function withoutSegments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSegments);
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === 'segment_backups' ? 'segments' : withoutSegments(member),
    ]),
  );
}

/** Keys and types of a value without its contents: what two segments have in common however many logs they have. */
export function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return `[${[...new Set(value.map(shapeOf))].sort().join('|')}]`;
  if (!isTree(value)) return typeof value;
  return `{${Object.entries(value)
    .map(([key, member]) => `${key}:${shapeOf(member)}`)
    .join(',')}}`;
}

function sortBy(items: readonly unknown[], keys: readonly string[] | undefined): unknown[] {
  if (keys === undefined) return [...items];
  const nameOf = (item: unknown): string =>
    isTree(item) ? keys.map((key) => String(item[key] ?? '')).join('\n') : '';
  return [...items].sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
