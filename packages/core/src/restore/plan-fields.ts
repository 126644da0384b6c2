import type { CollectionSchemaMeta, FieldSchemaMeta } from '../meta/types.js';

/** Milvus numbers the fields of a new collection from here on, in the order in which they are sent. */
export const firstFieldId = 100n;

export interface FieldPlan {
  /** To be made with the collection. */
  readonly created: readonly FieldSchemaMeta[];
  /** To be added to it, in this order, so that they get the ids that they have in the backup. */
  readonly added: readonly FieldSchemaMeta[];
}

/**
 * The hidden dynamic field and the fields of structs get ids behind those of the fields that a collection is made with. What was
 * added to the source later stands behind them, and has to be added later again.
 */
export function planFields(schema: CollectionSchemaMeta): FieldPlan {
  const fields = schema.fields.filter((field) => !field.is_dynamic);
  if (hiddenIds(schema) === 0) return { created: fields, added: [] };
  const ids = new Set(fields.map((field) => field.fieldID));
  let gap = firstFieldId;
  while (ids.has(gap)) gap += 1n;
  return {
    created: fields.filter((field) => field.fieldID < gap),
    added: fields
      .filter((field) => field.fieldID > gap)
      .sort((one, other) => (one.fieldID < other.fieldID ? -1 : 1)),
  };
}

/** The ids that a new collection gives its fields, in the order of the plan. */
export function idsGiven(schema: CollectionSchemaMeta, { created, added }: FieldPlan): readonly bigint[] {
  const later = firstFieldId + BigInt(created.length + hiddenIds(schema));
  return [
    ...created.map((_, index) => firstFieldId + BigInt(index)),
    ...added.map((_, index) => later + BigInt(index)),
  ];
}

function hiddenIds({ enable_dynamic_field, struct_array_fields }: CollectionSchemaMeta): number {
  const structs = struct_array_fields.reduce((sum, one) => sum + 1 + one.fields.length, 0);
  return structs + (enable_dynamic_field ? 1 : 0);
}
