import { z } from '@hono/zod-openapi';
import { BackupError } from '@milvus-backup/core';
import { distance } from 'fastest-levenshtein';
import type { AppContext } from '../app-types.js';
import { hasTooManyValues, maxMarks } from '../json-size.js';
import type { InputFault } from './problem.js';

/** What a client sent is not as described. Thrown to the error handler, which tells every place. */
export class InputError extends BackupError {
  readonly faults: readonly InputFault[];

  constructor(what: string, faults: readonly InputFault[]) {
    const places = faults.map(({ pointer, detail }) => `${pointer || what}: ${detail}`);
    super({
      code: 'INVALID_ARGUMENT',
      message: `the ${what} is not as described: ${places.slice(0, 3).join('; ')}`,
      remedy: 'correct what `errors` names; the API document has all fields',
    });
    this.faults = faults;
  }
}

/** More tell nothing more, and a client chooses how many there are. */
const maxFaults = 20;

/**
 * A JSON body, strictly: every field known, every value of its type. An absent body is an empty object.
 * @throws InputError
 */
export async function readBodyStrictly<T>(c: AppContext, schema: z.ZodType<T>): Promise<T> {
  const text = await c.req.text();
  if (hasTooManyValues(text))
    throw new InputError('body', [{ pointer: '', detail: `more than ${maxMarks} commas and colons` }]);
  let value: unknown = {};
  if (text.trim() !== '') {
    try {
      value = JSON.parse(text);
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause);
      throw new InputError('body', [{ pointer: '', detail: `no JSON: ${detail}` }]);
    }
  }
  return check('body', schema, value, (path) => path.map((part) => `/${escapePart(part)}`).join(''));
}

/** The query, as strictly; a parameter that is given twice is refused. @throws InputError */
export function readQueryStrictly<T>(c: AppContext, schema: z.ZodType<T>): T {
  const given = Object.entries(c.req.queries());
  const twice = given.filter(([, values]) => values.length > 1);
  if (twice.length > 0) {
    const faults = twice.map(([name]) => ({
      pointer: `?${name.slice(0, 64)}`,
      detail: 'given more than once',
    }));
    throw new InputError('query', faults.slice(0, maxFaults));
  }
  const values = given.map(([name, [value]]): [string, string] => [name, value ?? '']);
  return check('query', schema, Object.fromEntries(values), (path) => `?${path.map(String).join('.')}`);
}

function check<T>(
  what: string,
  schema: z.ZodType<T>,
  value: unknown,
  toPointer: (path: readonly PropertyKey[]) => string,
): T {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const faults = checked.error.issues.slice(0, maxFaults).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys')
      return [{ pointer: toPointer(issue.path), detail: issue.message }];
    const known = keysAt(schema, issue.path);
    return issue.keys.slice(0, maxFaults).map((key) => ({
      pointer: toPointer([...issue.path, key.slice(0, 64)]),
      detail: explainUnknown(key, known),
    }));
  });
  throw new InputError(what, faults.slice(0, maxFaults));
}

function explainUnknown(key: string, known: readonly string[]): string {
  const short = key.slice(0, 64);
  const [near] = known
    .map((name) => ({ name, far: distance(name.toLowerCase(), short.toLowerCase()) }))
    .sort((a, b) => a.far - b.far);
  if (near && near.far <= Math.max(2, Math.floor(near.name.length / 3))) {
    return `unknown; did you mean ${near.name}?`;
  }
  return known.length > 0 ? `unknown; known are ${known.join(', ')}` : 'unknown';
}

/** The names an object at that place may have. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = schema;
  for (const part of path) {
    const plain = unwrap(at);
    if (plain instanceof z.ZodObject) at = plain.shape[String(part)];
    else if (plain instanceof z.ZodArray) at = plain.element;
    else if (plain instanceof z.ZodRecord) at = plain.valueType;
    else return [];
  }
  const plain = unwrap(at);
  return plain instanceof z.ZodObject ? Object.keys(plain.shape) : [];
}

const unwrap = (schema: unknown): unknown =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodNullable ? unwrap(schema.unwrap()) : schema;

/** RFC 6901 */
const escapePart = (part: PropertyKey): string => String(part).replaceAll('~', '~0').replaceAll('/', '~1');
