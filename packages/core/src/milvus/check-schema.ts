import type { CollectionSchemaMeta } from '../meta/types.js';
import { schemaToBytes } from './schema.js';

/**
 * A look at schemas as they would be sent, without a server: what cannot be written on the wire is known before anything is
 * dropped for it. The function throws what `createCollection` would, `META_UNREADABLE` for a broken default value.
 */
export async function loadSchemaCheck(): Promise<
  (schema: CollectionSchemaMeta, fullSchema?: string) => void
> {
  const { loadWire } = await import('./wire.js');
  const wire = loadWire();
  return (schema, fullSchema) => void schemaToBytes(schema, wire, fullSchema);
}
