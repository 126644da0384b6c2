import { nameOf, type Open, optionsOf } from './calls.js';
import type { MilvusGateway } from './gateway.js';

type AliasCalls = Pick<MilvusGateway, 'createAlias' | 'dropAlias'>;

export function createAliasCalls(open: Open): AliasCalls {
  return {
    async createAlias(at, alias, call) {
      const session = await open(call);
      await session.call('CreateAlias', { ...nameOf(at), alias }, optionsOf(at, call));
    },

    async dropAlias(database, alias, call) {
      const session = await open(call);
      await session.call('DropAlias', { db_name: database, alias }, { database, signal: call?.signal });
    },
  };
}
