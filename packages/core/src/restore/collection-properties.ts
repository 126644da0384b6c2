import type { CollectionMeta, KeyValue } from '../meta/types.js';
import type { RestoreRequest } from '../requests.js';

/** Set after the proof: rows whose time is over could go before they are counted. */
const lateKey = 'collection.ttl.seconds';

/** What belongs to the place and not to the collection: encryption keys and the state of replication. */
const placeKey = /^(?:cipher|replicate)\./;

export interface PlannedProperties {
  readonly atCreation: readonly KeyValue[];
  readonly afterProof: readonly KeyValue[];
}

/**
 * The properties that a restored collection gets. The Go tool restores those of the schema alone, which are none on Milvus
 * 2.3; the collection's own win over them.
 */
export function planProperties(source: CollectionMeta, request: RestoreRequest): PlannedProperties {
  const skipped = request.skipParams?.collectionProperties;
  if (request.compat) return { atCreation: leaveOut(source.schema.properties, skipped), afterProof: [] };
  if (request.skipProperties) return { atCreation: [], afterProof: [] };
  const merged = new Map(
    [...source.schema.properties, ...source.properties].map(({ key, value }) => [key, value]),
  );
  const kept = leaveOut(portable([...merged].map(([key, value]) => ({ key, value }))), skipped);
  return {
    atCreation: kept.filter(({ key }) => key !== lateKey),
    afterProof: kept.filter(({ key }) => key === lateKey),
  };
}

/** Without those that mean nothing, or the wrong thing, in another place. */
export function portable(properties: readonly KeyValue[]): KeyValue[] {
  return properties.filter(({ key }) => !placeKey.test(key));
}

export function leaveOut(pairs: readonly KeyValue[], keys: readonly string[] | undefined): KeyValue[] {
  return pairs.filter((pair) => !keys?.includes(pair.key));
}
