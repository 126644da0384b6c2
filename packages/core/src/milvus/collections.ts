import { BackupError, isBackupError } from '../errors/index.js';
import { nameOf, type Open, optionsOf } from './calls.js';
import { fullSchemaOf } from './full-schema.js';
import type { CollectionRef, MilvusCall, MilvusGateway } from './gateway.js';
import { fieldToBytes, keyValues, schemaFromWire, schemaToBytes } from './schema.js';
import { sendChange } from './send-change.js';
import type { Session } from './session.js';

type CollectionCalls = Pick<
  MilvusGateway,
  | 'hasCollection'
  | 'describeCollection'
  | 'createCollection'
  | 'dropCollection'
  | 'addField'
  | 'alterCollection'
  | 'listPartitions'
  | 'hasPartition'
  | 'createPartition'
  | 'listIndexes'
  | 'createIndex'
  | 'dropIndex'
>;

export function createCollectionCalls(open: Open): CollectionCalls {
  return {
    hasCollection: async (at, call) => hasCollection(await open(call), at, call),

    async describeCollection(at, call) {
      const session = await open(call);
      const answer = await session.call('DescribeCollection', nameOf(at), optionsOf(at, call));
      if (answer.schema === null) {
        throw new BackupError({
          code: 'MILVUS_ERROR',
          message: `Milvus described collection ${at.database}.${at.collection} without a schema`,
        });
      }
      return {
        collectionId: BigInt(answer.collectionID),
        databaseId: BigInt(answer.db_id),
        databaseName: answer.db_name,
        // Asked by an alias, the answer's own name is that alias.
        name: answer.schema.name || answer.collection_name,
        schema: schemaFromWire(answer.schema, session),
        fullSchema: fullSchemaOf(answer.schema, session),
        externalSource: answer.schema.external_source,
        shardsNum: answer.shards_num,
        consistencyLevel: answer.consistency_level,
        properties: keyValues(answer.properties),
        aliases: answer.aliases,
        createdTimestamp: BigInt(answer.created_timestamp),
        virtualChannels: answer.virtual_channel_names,
        physicalChannels: answer.physical_channel_names,
      };
    },

    async createCollection(at, input, call) {
      const session = await open(call);
      const schema = schemaToBytes({ ...input.schema, name: at.collection }, session, input.fullSchema);
      const request = {
        ...nameOf(at),
        schema,
        shards_num: input.shardsNum,
        consistency_level: input.consistencyLevel,
        properties: input.properties,
        num_partitions: input.numPartitions,
      };
      await sendChange(
        () => session.call('CreateCollection', request, optionsOf(at, call)),
        () => hasCollection(session, at, call),
        call,
      );
    },

    async dropCollection(at, call) {
      const session = await open(call);
      try {
        await session.call('DropCollection', nameOf(at), optionsOf(at, call));
      } catch (error) {
        if (!isBackupError(error) || error.code !== 'COLLECTION_NOT_FOUND') throw error;
      }
    },

    async addField(at, field, call) {
      const session = await open(call);
      const request = { ...nameOf(at), schema: fieldToBytes(field, session, call?.fullSchema) };
      await sendChange(
        () => session.call('AddCollectionField', request, optionsOf(at, call)),
        async () => {
          const { schema } = await session.call('DescribeCollection', nameOf(at), optionsOf(at, call));
          return schema?.fields.some((one) => one.name === field.name) ?? false;
        },
        call,
      );
    },

    async alterCollection(at, properties, call) {
      const session = await open(call);
      await session.call('AlterCollection', { ...nameOf(at), properties }, optionsOf(at, call));
    },

    async listPartitions(at, call) {
      const session = await open(call);
      const answer = await session.call('ShowPartitions', nameOf(at), optionsOf(at, call));
      if (answer.partition_names.length !== answer.partitionIDs.length) {
        throw new BackupError({
          code: 'MILVUS_ERROR',
          message: `Milvus named ${answer.partition_names.length} partitions of ${at.database}.${at.collection}, but gave ${answer.partitionIDs.length} ids`,
          remedy: 'run again',
        });
      }
      return answer.partitionIDs.map((id, index) => ({
        id: BigInt(id),
        name: answer.partition_names[index] ?? '',
      }));
    },

    hasPartition: async (at, partition, call) => hasPartition(await open(call), at, partition, call),

    async createPartition(at, partition, call) {
      const session = await open(call);
      const request = { ...nameOf(at), partition_name: partition };
      await sendChange(
        () => session.call('CreatePartition', request, optionsOf(at, call)),
        () => hasPartition(session, at, partition, call),
        call,
      );
    },

    async listIndexes(at, call) {
      const session = await open(call);
      try {
        const answer = await session.call('DescribeIndex', nameOf(at), optionsOf(at, call));
        return answer.index_descriptions.map((index) => {
          const params = Object.fromEntries(index.params.map(({ key, value }) => [key, value]));
          return {
            field_name: index.field_name,
            index_name: index.index_name,
            index_type: params.index_type ?? '',
            params,
            index_id: BigInt(index.indexID),
          };
        });
      } catch (error) {
        if (tellsOfNoIndex(error)) return [];
        throw error;
      }
    },

    async createIndex(at, input, call) {
      const session = await open(call);
      await session.call(
        'CreateIndex',
        {
          ...nameOf(at),
          field_name: input.fieldName,
          index_name: input.indexName,
          extra_params: Object.entries(input.params).map(([key, value]) => ({ key, value })),
        },
        optionsOf(at, call),
      );
    },

    async dropIndex(at, field, index, call) {
      const session = await open(call);
      const request = { ...nameOf(at), field_name: field, index_name: index };
      try {
        await session.call('DropIndex', request, optionsOf(at, call));
      } catch (error) {
        // Dropped by a first try whose answer was lost, or by somebody else.
        if (!tellsOfNoIndex(error)) throw error;
      }
    },
  };
}

async function hasCollection(
  session: Session,
  at: CollectionRef,
  call: MilvusCall | undefined,
): Promise<boolean> {
  try {
    return (await session.call('HasCollection', nameOf(at), optionsOf(at, call))).value;
  } catch (error) {
    if (isBackupError(error) && error.code === 'COLLECTION_NOT_FOUND') return false;
    throw error;
  }
}

async function hasPartition(
  session: Session,
  at: CollectionRef,
  partition: string,
  call: MilvusCall | undefined,
): Promise<boolean> {
  const request = { ...nameOf(at), partition_name: partition };
  return (await session.call('HasPartition', request, optionsOf(at, call))).value;
}

function tellsOfNoIndex(error: unknown): boolean {
  if (!isBackupError(error)) return false;
  const { milvusCode, legacyCode } = error.details;
  return (
    milvusCode === 700 ||
    legacyCode === 25 ||
    /index (not found|doesn't exist|not exist)/i.test(error.message)
  );
}
