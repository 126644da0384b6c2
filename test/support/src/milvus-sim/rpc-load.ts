import type { Handlers } from './handlers.js';
import { dataTypes, isVector } from './schema.js';
import { SimError } from './sim-error.js';
import type { Collection } from './types.js';
import { choosePartitions, findCollection, type World } from './world.js';

interface OfPartitions {
  readonly collection_name: string;
  readonly partition_names: readonly string[];
}
type Load = OfPartitions & { readonly replica_number: number; readonly resource_groups: readonly string[] };

const loadStates = { notExist: 0, notLoad: 1, loaded: 3 } as const;

/** Loading takes no time here: what is asked for is loaded at once. */
export function createLoadHandlers(world: World): Handlers {
  const load = (request: Load, database: string, names: readonly string[]): object => {
    const collection = findCollection(world, database, request.collection_name);
    checkIndexes(collection);
    for (const { name } of choosePartitions(collection, names)) collection.loaded.add(name);
    collection.replicas = request.replica_number || 1;
    collection.resourceGroups = request.resource_groups;
    return {};
  };
  return {
    LoadCollection: (request: Load, { database }) => load(request, database, []),
    LoadPartitions: (request: Load, { database }) => load(request, database, request.partition_names),
    ReleaseCollection({ collection_name }: OfPartitions, { database }) {
      findCollection(world, database, collection_name).loaded.clear();
      return {};
    },
    ReleasePartitions({ collection_name, partition_names }: OfPartitions, { database }) {
      const { loaded } = findCollection(world, database, collection_name);
      for (const name of partition_names) loaded.delete(name);
      return {};
    },
    GetLoadState({ collection_name, partition_names }: OfPartitions, { database }) {
      let collection: Collection;
      try {
        collection = findCollection(world, database, collection_name);
      } catch (error) {
        // A state, not a failure.
        if (error instanceof SimError && error.code === 100) return { state: loadStates.notExist };
        throw error;
      }
      return { state: isLoaded(collection, partition_names) ? loadStates.loaded : loadStates.notLoad };
    },
    GetLoadingProgress({ collection_name, partition_names }: OfPartitions, { database }) {
      const collection = findCollection(world, database, collection_name);
      if (isLoaded(collection, partition_names)) return { progress: '100', refresh_progress: '100' };
      throw new SimError(101, 1, `collection not loaded[collection=${collection.id}]`, { progress: '0' });
    },
    GetReplicas(
      { collection_name, collectionID }: { collection_name: string; collectionID: string },
      { database },
    ) {
      const collection =
        collection_name === ''
          ? [...world.databases.values()]
              .flatMap((db) => [...db.collections.values()])
              .find(({ id }) => String(id) === collectionID)
          : findCollection(world, database, collection_name);
      if (collection === undefined || collection.loaded.size === 0) {
        throw new SimError(400, 15, `replica not found[collection=${collectionID}]`);
      }
      const groups = collection.resourceGroups;
      return {
        replicas: Array.from({ length: collection.replicas }, (_, index) => ({
          replicaID: String(index + 1),
          collectionID: String(collection.id),
          resource_group_name: groups[index % Math.max(1, groups.length)] ?? '__default_resource_group',
        })),
      };
    },
  };
}

function isLoaded(collection: Collection, partitions: readonly string[]): boolean {
  if (partitions.length === 0) return collection.loaded.size > 0;
  return partitions.every((name) => collection.loaded.has(name));
}

/** Every vector field must have an index; those inside structs are not looked at. */
function checkIndexes({ schema, indexes, name }: Collection): void {
  const missing = schema.fields.find(
    (field) =>
      isVector(field.data_type) &&
      field.data_type !== dataTypes.arrayOfVector &&
      !indexes.some((index) => index.field === field.name),
  );
  if (missing !== undefined) {
    throw new SimError(
      700,
      25,
      `there is no vector index on field: [${missing.name}], please create index firstly: index not found[collection=${name}]`,
    );
  }
}
