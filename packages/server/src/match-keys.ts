import { z } from '@hono/zod-openapi';

/**
 * Brings a decoded body into the spelling of the schema, as Go's decoder does: keys match in any case, the later of
 * two wins, unknown keys are dropped, `null` is as good as nothing. Types are left for the schema to judge.
 */
export function matchKeys(value: unknown, schema: z.ZodType): unknown {
  const plain = unwrap(schema);
  if (plain instanceof z.ZodObject && isObject(value)) return matchObject(value, plain);
  if (plain instanceof z.ZodRecord && isObject(value)) return matchRecord(value, plain);
  if (plain instanceof z.ZodArray && Array.isArray(value)) {
    const element = asType(plain.element);
    return value.map((item) => (item === null ? zeroOf(element) : matchKeys(item, element)));
  }
  return value;
}

function matchObject(value: object, schema: z.ZodObject): object {
  const known = new Map(Object.keys(schema.shape).map((key) => [key.toLowerCase(), key]));
  const matched: Record<string, unknown> = {};
  for (const [given, item] of Object.entries(value)) {
    const key = known.get(given.toLowerCase());
    if (key === undefined || item === null) continue;
    matched[key] = matchKeys(item, asType(schema.shape[key]));
  }
  return matched;
}

function matchRecord(value: object, schema: z.ZodRecord): object {
  const type = asType(schema.valueType);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, item === null ? zeroOf(type) : matchKeys(item, type)]),
  );
}

/** What `null` becomes as a member of a list or a map. */
function zeroOf(schema: z.ZodType): unknown {
  const plain = unwrap(schema);
  if (plain instanceof z.ZodString) return '';
  if (plain instanceof z.ZodArray) return [];
  if (plain instanceof z.ZodObject || plain instanceof z.ZodRecord) return {};
  return null;
}

function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? unwrap(asType(schema.unwrap())) : schema;
}

/** Members of zod schemas are typed by zod's inner classes; all ours are built from the public ones. */
function asType(schema: unknown): z.ZodType {
  if (schema instanceof z.ZodType) return schema;
  throw new TypeError('a schema was built from something that is no zod type');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
