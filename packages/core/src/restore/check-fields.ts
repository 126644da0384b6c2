import { BackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionSchemaMeta, FieldSchemaMeta } from '../meta/types.js';
import type { DescribedCollection, MilvusGateway } from '../milvus/gateway.js';
import { idsGiven, planFields } from './plan-fields.js';
import type { RestoreTarget } from './plan-targets.js';

/**
 * Binlogs are imported by field id, so the new collection must get the ids of the old one. It does not when the source lost fields
 * after it was made.
 * @throws BackupError `TARGET_MISMATCH`
 */
export function assertIdsRepeatable(target: RestoreTarget): void {
  const { schema } = target.source;
  const plan = planFields(schema);
  const ids = idsGiven(schema, plan);
  for (const [index, field] of [...plan.created, ...plan.added].entries()) {
    const given = ids[index];
    if (field.fieldID === given) continue;
    throw mismatch(
      target,
      field,
      `want id ${field.fieldID}; in a new collection it would get ${given}`,
      'the source got or lost fields after it was made: make the target by hand in the same way, and restore with ' +
        '--skip_create_collection (skipCreateCollection)',
    );
  }
}

/**
 * @returns the collection as it is
 * @throws BackupError `TARGET_MISMATCH` when an import would put values into wrong columns
 */
export async function assertSameFields(
  milvus: MilvusGateway,
  target: RestoreTarget,
  signal: AbortSignal,
): Promise<DescribedCollection> {
  const described = await milvus.describeCollection(target.at, { signal });
  const { schema } = described;
  const found = new Map(userFields(schema).map((field) => [field.name, field]));
  for (const want of userFields(target.source.schema)) {
    const got = found.get(want.name);
    if (got?.fieldID === want.fieldID && got.data_type === want.data_type) continue;
    const it = got ? `id ${got.fieldID}, type ${got.data_type}` : 'not there';
    throw mismatch(
      target,
      want,
      `want id ${want.fieldID}, type ${want.data_type}; it is ${it}`,
      'restore into a new collection (without --skip_create_collection), or on a Milvus as new as the source',
    );
  }
  return described;
}

type NamedField = Pick<FieldSchemaMeta, 'fieldID' | 'name' | 'data_type'>;

/** All that have files: those inside of structs as well. */
function userFields(schema: CollectionSchemaMeta): readonly NamedField[] {
  const own = schema.fields.filter((field) => !field.is_dynamic);
  const inner = schema.struct_array_fields.flatMap((struct) =>
    struct.fields.map((field) => ({ ...field, name: `${struct.name}.${field.name}` })),
  );
  return [...own, ...inner];
}

function mismatch(target: RestoreTarget, field: NamedField, why: string, remedy: string): BackupError {
  const { database, collection } = target.at;
  return new BackupError({
    code: 'TARGET_MISMATCH',
    message: `field ${field.name} of ${nameKey(target.at)} does not fit the backup: ${why}`,
    remedy,
    details: { database, collection, field: field.name },
  });
}
