import { BackupError, isBackupError } from '../errors/index.js';
import { nameOf, type Open, optionsOf } from './calls.js';
import { fullSchemaOf } from './full-schema.js';
import type { MilvusGateway } from './gateway.js';
import { fieldToBytes, keyValues, schemaFromWire, schemaToBytes } from './schema.js';

type CollectionCalls = Pick<
  MilvusGateway,
  | 'hasCollection'
  | 'describeCollection'
  | 'createCollection'
  | 'dropCollection'
  | 'addField'
  | 'alterCollection'
  | 'listPartitions'
  | 'createPartition'
  | 'listIndexes'
  | 'createIndex'
  | 'dropIndex'
>;

export function createCollectionCalls(open: Open): CollectionCalls {
  return {
    async hasCollection(at, call) {
      const session = await open(call);
      try {
        return (await session.call('HasCollection', nameOf(at), optionsOf(at, call))).value;
      } catch (error) {
        if (isBackupError(error) && error.code === 'COLLECTION_NOT_FOUND') return false;
        throw error;
      }
    },

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
      await session.call(
        'CreateCollection',
        {
          ...nameOf(at),
          schema,
          shards_num: input.shardsNum,
          consistency_level: input.consistencyLevel,
          properties: input.properties,
          num_partitions: input.numPartitions,
        },
        optionsOf(at, call),
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
      const request = { ...nameOf(at), schema: fieldToBytes(field, session) };
      await session.call('AddCollectionField', request, optionsOf(at, call));
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

    async createPartition(at, partition, call) {
      const session = await open(call);
      await session.call(
        'CreatePartition',
        { ...nameOf(at), partition_name: partition },
        optionsOf(at, call),
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
      await session.call(
        'DropIndex',
        { ...nameOf(at), field_name: field, index_name: index },
        optionsOf(at, call),
      );
    },
  };
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
