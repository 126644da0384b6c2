import { isBackupError } from '../errors/index.js';
import { collectionNotFound, fullNameOf, nameOf, type Open, optionsOf } from './calls.js';
import type { CollectionRef, MilvusCall, MilvusGateway } from './gateway.js';

type LoadCalls = Pick<
  MilvusGateway,
  'loadState' | 'partitionLoadState' | 'listReplicas' | 'load' | 'loadProgress' | 'release'
>;

/** By `LoadState`; 0 means that the collection does not exist. */
const loadStates: Readonly<Record<number, string>> = { 1: 'NotLoad', 2: 'Loading', 3: 'Loaded' };

/** How servers say "there is no replica": 400 for the collection, 101 for one that is not loaded. */
const notLoaded = new Set<unknown>([101, 400]);

export function createLoadCalls(open: Open): LoadCalls {
  const stateOf = async (
    at: CollectionRef,
    partitions: readonly string[],
    call: MilvusCall | undefined,
  ): Promise<string> => {
    const session = await open(call);
    const request = { ...fullNameOf(at), partition_names: partitions };
    const { state } = await session.call('GetLoadState', request, optionsOf(at, call));
    const name = loadStates[state];
    if (name !== undefined) return name;
    throw collectionNotFound(at);
  };

  return {
    loadState: (at, call) => stateOf(at, [], call),
    partitionLoadState: (at, partition, call) => stateOf(at, [partition], call),

    async listReplicas(at, collectionId, call) {
      const session = await open(call);
      const request = { ...fullNameOf(at), collectionID: String(collectionId) };
      try {
        const { replicas } = await session.call('GetReplicas', request, optionsOf(at, call));
        return replicas.map((one) => one.resource_group_name);
      } catch (error) {
        if (isBackupError(error) && notLoaded.has(error.details.milvusCode)) return [];
        throw error;
      }
    },

    async load(at, { partitions, replicas, resourceGroups }, call) {
      const session = await open(call);
      const request = { ...fullNameOf(at), replica_number: replicas, resource_groups: resourceGroups };
      if (partitions.length === 0) await session.call('LoadCollection', request, optionsOf(at, call));
      else {
        const some = { ...request, partition_names: partitions };
        await session.call('LoadPartitions', some, optionsOf(at, call));
      }
    },

    async release(at, partitions, call) {
      const session = await open(call);
      const options = optionsOf(at, call);
      if (partitions.length === 0) await session.call('ReleaseCollection', fullNameOf(at), options);
      else
        await session.call('ReleasePartitions', { ...fullNameOf(at), partition_names: partitions }, options);
    },

    async loadProgress(at, partitions, call) {
      const session = await open(call);
      const request = { ...nameOf(at), ...(partitions.length === 0 ? {} : { partition_names: partitions }) };
      const { progress } = await session.call('GetLoadingProgress', request, optionsOf(at, call));
      return Number(progress);
    },
  };
}
