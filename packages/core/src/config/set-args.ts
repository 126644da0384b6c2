import { BackupError } from '../errors/index.js';

export interface SetPair {
  /** As given, without blanks around it. */
  readonly name: string;
  readonly value: string;
}

/**
 * Reads the values of `--set`. Each is a line of CSV, as in the Go tool: `a=1,b=2` are two pairs, and a pair
 * whose value holds a comma stands in quotes as a whole: `"a=1,2"`, a quote in it doubled.
 * @throws BackupError `CONFIG_INVALID`; the message never holds a value, which may be a secret
 */
export function parseSetArgs(args: readonly string[]): readonly SetPair[] {
  return args.flatMap((arg) => {
    let previous: string | null = null;
    return splitCsv(arg).map((field) => {
      const pair = splitPair(field, previous);
      previous = pair.name;
      return pair;
    });
  });
}

function splitPair(field: string, previous: string | null): SetPair {
  const at = field.indexOf('=');
  const name = at < 0 ? '' : field.slice(0, at).trim();
  if (name !== '') return { name, value: field.slice(at + 1) };
  const where = previous === null ? '' : `, after "${previous}" there is a comma and then no KEY=VALUE`;
  throw new BackupError({
    code: 'CONFIG_INVALID',
    message: `cfg: invalid --set format, want KEY=VALUE${where}`,
    remedy:
      previous === null
        ? 'write --set key=value, such as --set milvus.user=root'
        : `when the comma belongs to the value, quote the whole pair: --set '"${previous}=…,…"'`,
    details: { file: null, key: previous, line: null, problems: 1 },
  });
}

/** One record of CSV. A quote inside a field that does not begin with one is an ordinary character. */
function splitCsv(line: string): readonly string[] {
  if (line === '') return [];
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      const { field, end } = readQuoted(line, at);
      fields.push(field);
      at = end;
    } else {
      const comma = line.indexOf(',', at);
      const end = comma < 0 ? line.length : comma;
      fields.push(line.slice(at, end));
      at = end;
    }
    if (at >= line.length) return fields;
    at++;
  }
}

/** Reads a field in quotes; `end` is the place of the comma after it, or the end of the line. */
function readQuoted(line: string, start: number): { field: string; end: number } {
  let field = '';
  let at = start + 1;
  for (;;) {
    const close = line.indexOf('"', at);
    if (close < 0) throw quoteError('has an opening quote without a closing one');
    field += line.slice(at, close);
    at = close + 1;
    if (line[at] === '"') {
      field += '"';
      at++;
      continue;
    }
    if (at < line.length && line[at] !== ',') throw quoteError('has text after a closing quote');
    return { field, end: at };
  }
}

function quoteError(what: string): BackupError {
  return new BackupError({
    code: 'CONFIG_INVALID',
    message: `cfg: invalid --set format, a pair ${what}`,
    remedy: 'quote the whole pair and double the quotes inside it: --set \'"key=a ""b"", c"\'',
    details: { file: null, key: null, line: null, problems: 1 },
  });
}
