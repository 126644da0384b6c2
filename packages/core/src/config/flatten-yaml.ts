import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { FileEntry, FileValue } from './file-value.js';
import type { Problem } from './problem.js';

/** Far more than any configuration has; it stops a few lines of aliases that stand for billions of keys. */
const maxSteps = 10_000;
const maxDepth = 32;
const plainTags: ReadonlySet<string> = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

/** Where in the tree a walk stands. `rank` counts the merges (`<<`) on the way: fewer wins over more. */
interface Place {
  readonly path: string;
  readonly depth: number;
  readonly rank: number;
}

/** Turns nested maps into settings by lower-case path. What cannot be meant as it is written is a problem. */
export function flattenYaml(
  doc: Document,
  root: YAMLMap,
  lines: LineCounter,
  isWhole: (path: string) => boolean,
): { readonly entries: ReadonlyMap<string, FileEntry>; readonly problems: readonly Problem[] } {
  const entries = new Map<string, FileEntry>();
  const ranks = new Map<string, number>();
  const problems: Problem[] = [];
  let steps = 0;
  walk(root, { path: '', depth: 0, rank: 0 });
  return { entries, problems };

  function report(key: string, line: number, message: string, remedy: string): void {
    problems.push({ key, message, remedy, origin: { source: 'config', sourceKey: key, line } });
  }

  function lineOf(node: unknown): number {
    return lines.linePos((isNode(node) ? node.range?.[0] : undefined) ?? 0).line;
  }

  function walk(map: YAMLMap, place: Place): void {
    for (const pair of map.items) {
      const line = lineOf(pair.key);
      const name = keyText(pair.key);
      if (name === null) {
        report(place.path || 'root', line, 'a key must be plain text', 'write the key as one word');
        continue;
      }
      const path = place.path === '' ? name : `${place.path}.${name}`;
      if (isExhausted(path, line, place.depth)) return;
      const value = follow(pair.value, path, line);
      if (value === null) continue;
      if (name === '<<') merge(value, place, line);
      else if (isMap(value) && !isWhole(path)) walk(value, { ...place, path, depth: place.depth + 1 });
      else add(path, value, line, place);
    }
  }

  function merge(value: Node, place: Place, line: number): void {
    const sources = isSeq(value) ? value.items.map((item) => follow(item, '<<', line)) : [value];
    for (const source of sources) {
      if (isMap(source)) walk(source, { path: place.path, depth: place.depth + 1, rank: place.rank + 1 });
      else report('<<', line, 'merges something that is no map', 'write `<<: *name` with the name of a map');
    }
  }

  function add(key: string, node: Node, line: number, place: Place): void {
    const value = toValue(node, key, line, place.depth);
    if (value === null) return;
    const lower = key.toLowerCase();
    const earlier = entries.get(lower);
    const rank = ranks.get(lower) ?? Number.POSITIVE_INFINITY;
    if (earlier !== undefined && rank === 0 && place.rank === 0)
      report(key, line, `is written twice, first in line ${earlier.line}`, 'remove one of the two lines');
    if (place.rank >= rank) return;
    entries.set(lower, { key, value, line });
    ranks.set(lower, place.rank);
  }

  function toValue(node: Node, key: string, line: number, depth: number): FileValue | null {
    if (isScalar(node)) return scalarValue(node);
    if (isSeq(node)) return { kind: 'list', items: listItems(node.items, key, line, depth) };
    try {
      return { kind: 'map', value: { ...node.toJS(doc) } };
    } catch {
      // the library refuses aliases that multiply; its message adds nothing for the user
      report(key, line, 'cannot be read', 'remove the aliases (`*name`) below this key');
      return null;
    }
  }

  function listItems(items: readonly unknown[], key: string, line: number, depth: number): FileValue[] {
    const values: FileValue[] = [];
    for (const item of items) {
      if (isExhausted(key, line, depth)) return values;
      const target = follow(item, key, line);
      const value = target === null ? null : toValue(target, key, line, depth + 1);
      if (value !== null) values.push(value);
    }
    return values;
  }

  function isExhausted(key: string, line: number, depth: number): boolean {
    steps++;
    const exhausted = steps > maxSteps || depth > maxDepth;
    if (exhausted && problems.length === 0)
      report(key, line, 'the file has too many settings', 'remove the aliases (`*name`) from the file');
    return exhausted;
  }

  /** The node an alias stands for; `null` when there is none, or it cannot be meant as it is written. */
  function follow(node: unknown, key: string, line: number): Node | null {
    if (!isNode(node)) return null;
    const target = isAlias(node) ? node.resolve(doc) : node;
    if (target === undefined) return refuse(key, line, '*');
    if (target.tag !== undefined && !plainTags.has(target.tag)) return refuse(key, line, '!');
    if (!isScalar(target) || target.value !== null) return target;
    return target.anchor === undefined ? null : refuse(key, line, '&');
  }

  /** An unquoted secret that begins with such a character would otherwise silently become empty. */
  function refuse(key: string, line: number, character: string): null {
    const message = `begins with ${character}, which has a meaning of its own in YAML`;
    report(key, line, message, 'put quotes around the value');
    return null;
  }
}

function keyText(key: unknown): string | null {
  if (!isScalar(key)) return null;
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

function scalarValue(node: Scalar): FileValue | null {
  const { value } = node;
  if (value === null || value === undefined) return null;
  const quoted = node.type !== undefined && node.type !== 'PLAIN';
  if (typeof value === 'number' || typeof value === 'boolean')
    return { kind: 'scalar', value, text: node.source ?? String(value), quoted };
  return { kind: 'scalar', value: String(value), text: String(value), quoted };
}
