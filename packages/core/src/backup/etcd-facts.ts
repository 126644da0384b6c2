import { BackupError } from '../errors/index.js';
import type { EtcdReader } from '../etcd/etcd-reader.js';
import type { CollectionMeta, FieldSchemaMeta, IndexMeta } from '../meta/types.js';
import type { WireField } from '../milvus/messages.js';
import type { BackupRun } from './backup-run.js';
import type { Structure } from './describe.js';

/** Stands for a value that was removed, in the store of the root coordinator. */
const tombstone = Buffer.from([0xe2, 0x9b, 0xbc]);
const fieldType = 'milvus.proto.schema.FieldSchema';

/**
 * Adds what only etcd tells: ids, times and parameters of indexes, and the hidden dynamic field. Restores into a secondary cluster
 * need both. Without `--backup_index_extra` the structure stays as it is.
 * @throws BackupError `SOURCE_INCOMPLETE` when etcd and Milvus disagree
 */
export async function completeFromEtcd(
  run: Pick<BackupRun, 'etcd' | 'config'>,
  structure: Structure,
  signal: AbortSignal,
): Promise<Structure> {
  const { etcd, config } = run;
  if (etcd === null) return structure;
  const { collection } = structure;
  const root = `${config.milvus.etcd.rootPath}/meta`;
  const indexes = await readIndexes(etcd, `${root}/field-index/${collection.collection_id}/`, signal);
  const dynamic = collection.schema.enable_dynamic_field
    ? [
        await readDynamicField(
          etcd,
          `${root}/root-coord/fields/${collection.collection_id}/`,
          collection,
          signal,
        ),
      ]
    : [];
  return {
    ...structure,
    collection: {
      ...collection,
      index_infos: joinIndexes(collection, indexes),
      schema: { ...collection.schema, fields: [...collection.schema.fields, ...dynamic] },
    },
  };
}

type Facts = Omit<IndexMeta, 'field_name' | 'index_type' | 'params'>;

async function readIndexes(etcd: EtcdReader, prefix: string, signal: AbortSignal): Promise<Facts[]> {
  const { decodeIndex } = await import('../etcd/etcd-messages.js');
  const found = await etcd.list(prefix, { signal });
  return found.flatMap(({ key, value }) => {
    const { index_info: info, deleted, create_time } = decoded(key, () => decodeIndex(value));
    if (deleted || info === null) return [];
    return {
      index_name: info.index_name,
      index_id: BigInt(info.indexID),
      field_id: BigInt(info.fieldID),
      create_time: BigInt(create_time),
      type_params: info.type_params,
      index_params: info.index_params,
      user_index_params: info.user_index_params,
      is_auto_index: info.is_auto_index,
      min_index_version: info.min_index_version,
      max_index_version: info.max_index_version,
    };
  });
}

function joinIndexes(collection: CollectionMeta, found: readonly Facts[]): IndexMeta[] {
  const facts = new Map(found.map((one) => [one.index_id, one]));
  const joined = collection.index_infos.map((index) => {
    const own = facts.get(index.index_id);
    facts.delete(index.index_id);
    return own ? { ...index, ...own } : index;
  });
  const [unknown] = facts.values();
  if (unknown === undefined) return joined;
  throw disagreement(
    collection,
    `etcd has an index ${unknown.index_name} (${unknown.index_id}) that Milvus does not tell of`,
  );
}

async function readDynamicField(
  etcd: EtcdReader,
  prefix: string,
  collection: CollectionMeta,
  signal: AbortSignal,
): Promise<FieldSchemaMeta> {
  const [{ loadWire }, { fieldFromWire }] = await Promise.all([
    import('../milvus/wire.js'),
    import('../milvus/schema.js'),
  ]);
  const wire = loadWire();
  for (const { key, value } of await etcd.list(prefix, { signal })) {
    if (tombstone.equals(value)) continue;
    const field = decoded(key, () => wire.decode(fieldType, value) as WireField);
    if (field.is_dynamic) return fieldFromWire(field, wire);
  }
  throw disagreement(collection, 'etcd does not know its dynamic field');
}

function decoded<T>(key: Uint8Array, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    const name = Buffer.from(key).toString('utf8');
    throw new BackupError({
      code: 'SOURCE_INCOMPLETE',
      message: `etcd holds something unknown at ${name}`,
      remedy: 'check milvus.etcd.rootPath, or leave --backup_index_extra out',
      cause,
      details: { key: name },
    });
  }
}

function disagreement(collection: CollectionMeta, what: string): BackupError {
  return new BackupError({
    code: 'SOURCE_INCOMPLETE',
    message: `${what}: collection ${collection.db_name}.${collection.collection_name}`,
    remedy:
      'check that milvus.etcd.endpoints and milvus.etcd.rootPath are those of this Milvus (by-dev by default)',
    details: { database: collection.db_name, collection: collection.collection_name },
  });
}
