export type KeyType = 'string' | 'int' | 'bool' | 'list' | 'map' | 'records';

export type SettingValue =
  | string
  | number
  | boolean
  | readonly string[]
  | readonly Readonly<Record<string, unknown>>[]
  | Readonly<Record<string, unknown>>;

/** What a single value must meet, whatever the other values are. Rules across keys live in `validate*.ts`. */
export type Check =
  | { readonly kind: 'oneOf'; readonly values: readonly string[] }
  | { readonly kind: 'port' | 'positive' | 'notNegative' | 'url' };

/**
 * One setting of a schema. The tables made of these drive reading, environment, `--set`, validation, the
 * listing and the sample files: a new setting is one row here and one line in `build-config.ts`.
 */
export interface KeySpec {
  /** Path in the file, levels joined by dots, in the spelling that is shown. */
  readonly key: string;
  readonly type: KeyType;
  readonly default: SettingValue;
  /** One line for documents and editors. */
  readonly doc: string;
  /** Environment variable that overrides the file. */
  readonly env?: string;
  /** Masked wherever it is shown. */
  readonly secret?: true;
  /** Keys to look up in order, when older spellings are read too; without it only `key`. */
  readonly spellings?: readonly string[];
  /** Takes the value of this key when it is set nowhere. */
  readonly inherits?: string;
  /** Setting one of these stops the inheritance. */
  readonly inheritsUnlessSet?: readonly string[];
  readonly check?: Check;
  /** v1 only: the key of schema v2 that took its place. */
  readonly becomes?: string;
  /** Left out of listings while it has its default. */
  readonly quiet?: true;
}

export interface Schema {
  readonly version: 'v1' | 'v2';
  readonly specs: readonly KeySpec[];
  /** By key, older spelling or environment variable, any case. */
  find(name: string): KeySpec | undefined;
  /** Whether the value at this path is taken whole instead of being read as a section. */
  isMap(path: string): boolean;
  /** Whether keys exist below this path. */
  isSection(path: string): boolean;
}

type Extra = Omit<KeySpec, 'key' | 'type' | 'default' | 'doc'>;

export const text = (key: string, fallback: string, doc: string, extra: Extra = {}): KeySpec => ({
  key,
  type: 'string',
  default: fallback,
  doc,
  ...extra,
});

export const int = (key: string, fallback: number, doc: string, extra: Extra = {}): KeySpec => ({
  key,
  type: 'int',
  default: fallback,
  doc,
  ...extra,
});

export const flag = (key: string, fallback: boolean, doc: string, extra: Extra = {}): KeySpec => ({
  key,
  type: 'bool',
  default: fallback,
  doc,
  ...extra,
});

export const list = (key: string, fallback: readonly string[], doc: string, extra: Extra = {}): KeySpec => ({
  key,
  type: 'list',
  default: fallback,
  doc,
  ...extra,
});

export const map = (key: string, doc: string, extra: Extra = {}): KeySpec => ({
  key,
  type: 'map',
  default: {},
  doc,
  ...extra,
});

/** A list of maps. */
export const records = (key: string, doc: string, extra: Extra = {}): KeySpec => ({
  key,
  type: 'records',
  default: [],
  doc,
  ...extra,
});

export const oneOf = (values: readonly string[]): Check => ({ kind: 'oneOf', values });

export function createSchema(version: 'v1' | 'v2', specs: readonly KeySpec[]): Schema {
  const byName = new Map<string, KeySpec>();
  const maps = new Set<string>();
  const sections = new Set<string>();
  for (const spec of specs) {
    const names = [spec.key, ...(spec.spellings ?? []), ...(spec.env === undefined ? [] : [spec.env])];
    for (const name of names) byName.set(name.toLowerCase(), spec);
    if (spec.type === 'map') maps.add(spec.key.toLowerCase());
    for (const name of [spec.key, ...(spec.spellings ?? [])]) {
      const levels = name.toLowerCase().split('.');
      for (let depth = 1; depth < levels.length; depth++) sections.add(levels.slice(0, depth).join('.'));
    }
  }
  return {
    version,
    specs,
    find: (name) => byName.get(name.toLowerCase()),
    isMap: (path) => maps.has(path.toLowerCase()),
    isSection: (path) => sections.has(path.toLowerCase()),
  };
}
