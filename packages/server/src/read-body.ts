import type { z } from '@hono/zod-openapi';
import type { AppContext } from './app-types.js';
import { firstJsonValue } from './first-json-value.js';
import { hasTooManyValues, maxMarks } from './json-size.js';
import { matchKeys } from './match-keys.js';

export type ReadBody<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads a JSON body as leniently as the Go tool: whatever the content type, see {@link matchKeys} and
 * {@link firstJsonValue}. A JSON `null` is a request with nothing set.
 */
export async function readBody<T>(c: AppContext, schema: z.ZodType<T>): Promise<ReadBody<T>> {
  const text = firstJsonValue(await c.req.text());
  if (text === '') return { ok: false, problem: 'EOF' };
  if (hasTooManyValues(text)) return { ok: false, problem: `more than ${maxMarks} commas and colons` };
  let decoded: unknown;
  try {
    decoded = JSON.parse(text);
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
  const checked = schema.safeParse(matchKeys(decoded ?? {}, schema));
  if (checked.success) return { ok: true, value: checked.data };
  const issue = checked.error.issues[0];
  const path = issue?.path.map(String).join('.') ?? '';
  return { ok: false, problem: `${path || 'body'}: ${issue?.message ?? 'not as described'}` };
}
