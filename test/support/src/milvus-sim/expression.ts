import { dataTypes } from './schema.js';
import { badParameter } from './sim-error.js';
import type { Field, Schema, Value } from './types.js';

/** Tests one row. */
export type Predicate = (read: (field: Field) => Value) => boolean;

type Literal = bigint | number | string | boolean;

/**
 * The expressions that tools and tests use: comparisons with one literal, `in` and `not in` lists, joined by `and` / `&&`. An
 * empty one takes every row.
 * @throws SimError 1100 for anything else
 */
export function parseExpression(text: string, schema: Schema): Predicate {
  const parts = splitAnd(text);
  const tests = parts.map((part) => parseComparison(part, schema));
  return (read) => tests.every((test) => test(read));
}

const comparison = /^(\w+)\s*(==|!=|>=|<=|>|<|not\s+in\b|in\b)\s*(.+)$/is;
const literals = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false/gi;

/** The keys that an expression names and nothing else (`id in […]`, `id == 1`); undefined for any other expression. */
export function namedKeys(text: string, key: Field): readonly string[] | undefined {
  const [, name, , rest = ''] = comparison.exec(text.trim()) ?? [];
  const parts = splitAnd(text);
  if (name !== key.name || parts.length !== 1 || !/^\w+\s*(?:in\b|==)/i.test(text.trim())) return undefined;
  return (rest.match(literals) ?? []).map((literal) => String(parseLiteral(literal, key)));
}

/** Cuts at `and` outside of quotes. */
function splitAnd(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (const token of text.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|&&|\w+|\s+|[^\w\s]/g) ?? []) {
    if (/^(?:and|&&)$/i.test(token)) {
      parts.push(part);
      part = '';
    } else part += token;
  }
  return [...parts, part].map((one) => one.trim()).filter((one) => one !== '');
}

function parseComparison(text: string, schema: Schema): Predicate {
  const [, name = '', operator = '', rest = ''] = comparison.exec(text) ?? [];
  const field = schema.fields.find((one) => one.name === name);
  if (field === undefined)
    throw badParameter(`cannot parse expression: ${text}, error: field ${name} not exist`);
  const values = (rest.match(literals) ?? []).map((literal) => parseLiteral(literal, field));
  const word = operator.toLowerCase().replace(/\s+/g, ' ');
  if (word === 'in' || word === 'not in') {
    const set = new Set(values.map(String));
    return (read) => set.has(String(read(field))) === (word === 'in');
  }
  const [wanted] = values;
  if (wanted === undefined || values.length !== 1) throw badParameter(`cannot parse expression: ${text}`);
  return (read) => {
    const value = read(field);
    if (value === null || Buffer.isBuffer(value)) return false;
    const order = compareValues(value, wanted);
    if (word === '==') return order === 0;
    if (word === '!=') return order !== 0;
    if (word === '>') return order > 0;
    if (word === '>=') return order >= 0;
    return word === '<' ? order < 0 : order <= 0;
  };
}

function parseLiteral(text: string, field: Field): Literal {
  if (/^["']/.test(text)) return unquote(text);
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return field.data_type === dataTypes.int64 && /^-?\d+$/.test(text) ? BigInt(text) : Number(text);
}

function unquote(text: string): string {
  if (text.startsWith('"')) return JSON.parse(text) as string;
  return text.slice(1, -1).replace(/\\(.)/g, '$1');
}

/** Text by its bytes, as Milvus orders it. */
export function compareValues(one: Literal, other: Literal): number {
  if (typeof one === 'string') return Buffer.compare(Buffer.from(one), Buffer.from(String(other)));
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
