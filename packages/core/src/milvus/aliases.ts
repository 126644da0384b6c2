import { isBackupError } from '../errors/index.js';
import { fullNameOf, type Open, optionsOf } from './calls.js';
import type { MilvusGateway } from './gateway.js';

type AliasCalls = Pick<MilvusGateway, 'createAlias' | 'dropAlias'>;

/** `merr.ErrAliasNotFound` (milvus-io/milvus, pkg/util/merr/errors.go). */
const aliasNotFound = 1600;

export function createAliasCalls(open: Open): AliasCalls {
  return {
    async createAlias(at, alias, call) {
      const session = await open(call);
      await session.call('CreateAlias', { ...fullNameOf(at), alias }, optionsOf(at, call));
    },

    async dropAlias(database, alias, call) {
      const session = await open(call);
      try {
        await session.call('DropAlias', { db_name: database, alias }, { database, signal: call?.signal });
      } catch (error) {
        // Dropped by a first try whose answer was lost, or by somebody else.
        if (!isBackupError(error) || error.details.milvusCode !== aliasNotFound) throw error;
      }
    },
  };
}
