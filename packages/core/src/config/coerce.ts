import { type FileValue, nameKind } from './file-value.js';
import type { KeySpec, SettingValue } from './key-spec.js';
import { quote } from './problem.js';

export type Coerced =
  | { readonly ok: true; readonly value: SettingValue }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

/** The words that Go's strconv.ParseBool knows; `yes` and `on` are not among them. */
const boolWords = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((word) => [word, false] as const),
]);

/** Gives a text of the environment or of `--set` the type of its key. An empty text is a value, too. */
export function coerceText(spec: KeySpec, value: string): Coerced {
  switch (spec.type) {
    case 'string':
      return { ok: true, value };
    case 'int':
      return toInt(spec, value);
    case 'bool':
      return toBool(spec, value);
    case 'list':
      return { ok: true, value: splitList(value) };
    case 'records':
      return {
        ok: false,
        message: 'is a list of maps, which only a file can hold',
        remedy: `write ${spec.key} in the configuration file`,
      };
    case 'map':
      return {
        ok: false,
        message: 'takes settings of its own',
        remedy: `write --set ${spec.key}.<name>=<value>`,
      };
  }
}

/** Gives a value of the file the type of its key. */
export function coerceFileValue(spec: KeySpec, value: FileValue): Coerced {
  if (spec.type === 'map') {
    if (value.kind === 'map') return { ok: true, value: value.value };
    return wrongKind(
      spec,
      `must be a YAML map, got ${nameKind(value)}`,
      'write `name: value` lines below it',
    );
  }
  if (spec.type === 'records') {
    const maps =
      value.kind === 'list' ? value.items.map((item) => (item.kind === 'map' ? item.value : null)) : [];
    if (value.kind === 'list' && !maps.includes(null))
      return { ok: true, value: maps.filter((map) => map !== null) };
    return wrongKind(
      spec,
      'must be a YAML list of maps',
      'write `- name: value` and more lines below it for each',
    );
  }
  if (spec.type === 'list') {
    if (value.kind !== 'list')
      return wrongKind(
        spec,
        `must be a YAML list, got ${nameKind(value)}`,
        'write one `- value` line for each',
      );
    return toList(spec, value.items);
  }
  if (value.kind === 'list' && spec.key === 'milvus.etcd.endpoints') {
    const items = toList(spec, value.items);
    return items.ok && Array.isArray(items.value) ? { ok: true, value: items.value.join(',') } : items;
  }
  if (value.kind !== 'scalar')
    return wrongKind(
      spec,
      `want one value, got a ${value.kind}`,
      `write \`${lastLevel(spec.key)}: <value>\``,
    );
  switch (spec.type) {
    case 'string':
      return { ok: true, value: value.text };
    case 'int':
      return intFromFile(spec, value.value, value.text);
    case 'bool':
      if (typeof value.value === 'boolean') return { ok: true, value: value.value };
      return typeof value.value === 'string' ? toBool(spec, value.value) : notBool(spec, value.text);
  }
}

/** Whether the Go tool reads this unquoted text as another one: `0123` is 83 to its YAML reader. */
export function isOctalTrap(spec: KeySpec, value: FileValue): boolean {
  return (
    spec.type === 'string' && value.kind === 'scalar' && !value.quoted && /^[-+]?0[0-7_]+$/.test(value.text)
  );
}

/** Splits at commas, without blanks and empty pieces. */
export function splitList(value: string): readonly string[] {
  return value
    .split(',')
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
}

function intFromFile(spec: KeySpec, value: string | number | boolean, source: string): Coerced {
  if (typeof value === 'string') return toInt(spec, value);
  if (typeof value === 'number' && /^[-+]?0[0-9_]+$/.test(source))
    return {
      ok: false,
      message: `invalid value ${quote(source)}, a leading zero is read as octal by the Go tool`,
      remedy: `write ${spec.key} without the leading zero`,
    };
  return typeof value === 'number' && Number.isSafeInteger(value)
    ? { ok: true, value: value === 0 ? 0 : value }
    : notInt(spec, source);
}

function toInt(spec: KeySpec, value: string): Coerced {
  if (!/^[-+]?[0-9]+$/.test(value)) return notInt(spec, value);
  const number = Number(value);
  return Number.isSafeInteger(number) ? { ok: true, value: number === 0 ? 0 : number } : notInt(spec, value);
}

function toBool(spec: KeySpec, value: string): Coerced {
  const bool = boolWords.get(value);
  return bool === undefined ? notBool(spec, value) : { ok: true, value: bool };
}

function toList(spec: KeySpec, items: readonly FileValue[]): Coerced {
  const texts: string[] = [];
  for (const item of items) {
    if (item.kind !== 'scalar')
      return wrongKind(
        spec,
        `want a list of texts, got a ${item.kind} in it`,
        'write one `- value` line for each',
      );
    texts.push(item.text);
  }
  return { ok: true, value: texts };
}

const notInt = (spec: KeySpec, value: string): Coerced => ({
  ok: false,
  message: `invalid value ${quote(value)}, want a whole number`,
  remedy: `write ${spec.key} as digits, such as ${String(spec.default)}`,
});

const notBool = (spec: KeySpec, value: string): Coerced => ({
  ok: false,
  message: `invalid value ${quote(value)}, want true or false`,
  remedy: `write ${spec.key} as true or false`,
});

const wrongKind = (spec: KeySpec, message: string, remedy: string): Coerced => ({
  ok: false,
  message,
  remedy: `${spec.key}: ${remedy}`,
});

const lastLevel = (key: string): string => key.slice(key.lastIndexOf('.') + 1);
