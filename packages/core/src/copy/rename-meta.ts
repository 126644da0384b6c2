import { BackupError } from '../errors/index.js';
import { decodeFullMeta } from '../meta/index.js';

/**
 * The text of a `full_meta.json` or `backup_meta.json` under another name. Only the name is changed, so that the rest, also
 * what another version of the Go tool wrote into it, stays byte for byte as it was.
 * @param name by the rule for new names: it needs no escapes
 * @throws BackupError `META_UNREADABLE` for a text without a name, or one that would mean something else afterwards
 */
export function renameMeta(text: string, file: string, name: string): string {
  const value = JSON.stringify(name);
  const spans = findNames(text);
  let renamed = text;
  for (const { start, end } of spans.reverse()) {
    renamed = renamed.slice(0, start) + value + renamed.slice(end);
  }
  if (spans.length > 0 && decodeFullMeta(renamed).name === name) return renamed;
  throw new BackupError({
    code: 'META_UNREADABLE',
    message: `${file} does not hold the name of its backup in a form that can be changed`,
    remedy: 'copy it without a new name',
    details: { file },
  });
}

interface Span {
  readonly start: number;
  /** After the closing quote. */
  readonly end: number;
}

const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/gs;

/** Where the values of the root's own `name` stand; keys match in any case, as for the Go tool. */
function findNames(text: string): Span[] {
  const found: Span[] = [];
  let depth = 0;
  let key = '';
  let before = '';
  for (const match of text.matchAll(token)) {
    const [part] = match;
    if (part === '{' || part === '[') depth += 1;
    else if (part === '}' || part === ']') depth -= 1;
    else if (depth === 1 && part.startsWith('"')) {
      if (before !== ':') key = part;
      else if (/^"name"$/i.test(key)) found.push({ start: match.index, end: match.index + part.length });
    }
    before = part;
  }
  return found;
}
