import type { CollectionMeta, FieldSchemaMeta, KeyValue } from '../../meta/types.js';
import type { RestoreRequest } from '../../requests.js';

/** What is taken away from a restored collection: Milvus has made it with all that it had. */
export interface SkippedParams {
  readonly collection: readonly string[];
  readonly fields: readonly { readonly field: string; readonly keys: readonly string[] }[];
  readonly indexes: readonly { readonly index: string; readonly keys: readonly string[] }[];
}

/** Only keys that the backup has; one that is not there would be refused. */
export function planSkippedParams(
  source: CollectionMeta,
  { skipParams = {}, skipProperties, compat }: RestoreRequest,
): SkippedParams {
  const properties = keysOf([...source.properties, ...source.schema.properties]);
  const wanted = skipProperties && !compat ? properties : (skipParams.collectionProperties ?? []);
  const fields = [...source.schema.fields, ...source.schema.struct_array_fields.flatMap((one) => one.fields)];
  const ofIndexes = [...(skipParams.indexParams ?? []), ...(skipParams.fieldIndexParams ?? [])];
  return {
    collection: both(properties, wanted),
    fields: fields
      .map(({ name, type_params }) => ({
        field: name,
        keys: both(keysOf(type_params), skipParams.fieldTypeParams ?? []),
      }))
      .filter(({ keys }) => keys.length > 0),
    indexes: source.index_infos
      .map(({ index_name, field_name, params }) => ({
        index: index_name,
        keys: both([...Object.keys(params), ...indexParamsOf(fields, field_name)], ofIndexes),
      }))
      .filter(({ keys }) => keys.length > 0),
  };
}

function indexParamsOf(fields: readonly FieldSchemaMeta[], name: string): readonly string[] {
  return keysOf(fields.find((field) => field.name === name)?.index_params ?? []);
}

const keysOf = (pairs: readonly KeyValue[]): string[] => pairs.map(({ key }) => key);

/** In the order of the first, each once. */
function both(has: readonly string[], wanted: readonly string[]): string[] {
  return [...new Set(has)].filter((key) => wanted.includes(key));
}
