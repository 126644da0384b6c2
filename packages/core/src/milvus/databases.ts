import type { Open } from './calls.js';
import type { MilvusGateway } from './gateway.js';
import { keyValues } from './schema.js';
import { sendChange } from './send-change.js';

type DatabaseCalls = Pick<
  MilvusGateway,
  | 'serverInfo'
  | 'listDatabases'
  | 'describeDatabase'
  | 'createDatabase'
  | 'dropDatabase'
  | 'alterDatabase'
  | 'listCollections'
>;

export function createDatabaseCalls(open: Open): DatabaseCalls {
  return {
    serverInfo: async (call) => (await open(call)).info,

    async listDatabases(call) {
      const session = await open(call);
      if (!session.info.features.multiDatabase) return ['default'];
      return (await session.call('ListDatabases', {}, { signal: call?.signal })).db_names;
    },

    async describeDatabase(name, call) {
      const session = await open(call);
      if (!session.info.features.describeDatabase)
        return { db_name: name, db_id: 0n, properties: [], ezk: '' };
      const answer = await session.call(
        'DescribeDatabase',
        { db_name: name },
        { database: name, signal: call?.signal },
      );
      return { db_name: name, db_id: BigInt(answer.dbID), properties: keyValues(answer.properties), ezk: '' };
    },

    async createDatabase(name, call) {
      // Without the header: it would name a database that is not there yet.
      const session = await open(call);
      const options = { signal: call?.signal };
      await sendChange(
        () => session.call('CreateDatabase', { db_name: name }, options),
        async () => (await session.call('ListDatabases', {}, options)).db_names.includes(name),
        call,
      );
    },

    async dropDatabase(name, call) {
      await (await open(call)).call('DropDatabase', { db_name: name }, { signal: call?.signal });
    },

    async alterDatabase(name, properties, call) {
      const session = await open(call);
      const options = { database: name, signal: call?.signal };
      await session.call('AlterDatabase', { db_name: name, properties }, options);
    },

    async listCollections(database, call) {
      const session = await open(call);
      return (await session.call('ShowCollections', {}, { database, signal: call?.signal })).collection_names;
    },
  };
}
