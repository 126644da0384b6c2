import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SegmentLog } from '../../src/binlog/index.js';

/** Binlogs that Milvus 2.3.5 wrote: `<collection>/<kind>_log/<segment>/[<field>/]<log>`. */
const folder = fileURLToPath(new URL('../fixtures/binlogs/', import.meta.url));

export interface FixtureLog extends SegmentLog {
  readonly bytes: Uint8Array;
}

/** The logs of `rich` (text keys, deletes of k1 and k3) or `parts` (long keys). */
export function fixtureLogs(collection: 'rich' | 'parts'): FixtureLog[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((key) => key.replaceAll('\\', '/'))
    .filter((key) => key.startsWith(`${collection}/`) && /\/\d{18}$/.test(key) && key.split('/').length > 3)
    .flatMap((key) => {
      const [, kind, segment = '0', field = '0'] = key.split('/');
      const delta = kind === 'delta_log';
      if (!delta && key.split('/').length < 5) return [];
      const bytes = new Uint8Array(readFileSync(folder + key));
      return [
        {
          kind: delta ? ('delta' as const) : ('insert' as const),
          segment: BigInt(segment),
          field: delta ? 0n : BigInt(field),
          key,
          size: bytes.length,
          bytes,
        },
      ];
    });
}

export function fixtureBytes(collection: 'rich' | 'parts', field: bigint): Uint8Array {
  const found = fixtureLogs(collection).find((log) => log.kind === 'insert' && log.field === field);
  if (!found) throw new Error(`no fixture of field ${field}`);
  return found.bytes;
}

export function deltaBytes(): Uint8Array {
  const found = fixtureLogs('rich').find((log) => log.kind === 'delta');
  if (!found) throw new Error('no delta fixture');
  return found.bytes;
}
