import { parse } from 'yaml';
import { z } from 'zod';
import { BackupError } from '../errors/index.js';
import { filterFromRequest } from '../filter/index.js';
import type { CollectionFilter } from '../filter/types.js';
import type { RestoreMapping } from '../requests.js';

const name = z.string().min(1);

const planSchema = z.strictObject({
  mapping: z
    .array(
      z.strictObject({
        source: name,
        target: name,
        withProp: z.boolean().optional(),
        colls: z
          .array(
            z.strictObject({
              source: name,
              target: name,
              override: z
                .strictObject({ shardNum: z.int32().optional(), description: z.string().optional() })
                .optional(),
            }),
          )
          .optional(),
      }),
    )
    .optional(),
  filter: z.record(z.string(), z.strictObject({ colls: z.array(name).optional() }).nullable()).optional(),
});

export interface ParsedRestorePlan {
  readonly plan: readonly RestoreMapping[];
  /** Of a plan without `filter` an empty one, which chooses nothing: as over REST. */
  readonly targetFilter: CollectionFilter;
}

/**
 * A plan as a file: the `restorePlan` of a REST request, by itself or as the one key of the file, in JSON or YAML.
 * @param path for messages
 * @throws BackupError `INVALID_ARGUMENT` naming the place that is wrong
 */
export function parseRestorePlan(text: string, path: string): ParsedRestorePlan {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw invalid(path, `is neither JSON nor YAML: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
  const wrapped = z.strictObject({ restorePlan: z.unknown() }).safeParse(value);
  const { success, data, error } = planSchema.safeParse(wrapped.success ? wrapped.data.restorePlan : value);
  if (!success) {
    const [issue] = error.issues;
    const place = issue?.path.length ? `${issue.path.join('.')}: ` : '';
    throw invalid(path, `is no restore plan: ${place}${issue?.message ?? 'unknown shape'}`, error);
  }
  return {
    plan: (data.mapping ?? []).map(({ source, target, withProp, colls = [] }) => ({
      source,
      target,
      withProperties: withProp,
      collections: colls.map(({ override, ...one }) => ({ ...one, ...override })),
    })),
    targetFilter: filterFromRequest(data.filter ?? {}) ?? { databases: new Map() },
  };
}

function invalid(path: string, what: string, cause: unknown): BackupError {
  return new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `${path} ${what}`,
    remedy:
      'write it as {"mapping":[{"source":"db1","target":"db2","colls":[{"source":"a","target":"b"}]}],"filter":{"db2":{"colls":["*"]}}}',
    cause,
    details: { path },
  });
}
