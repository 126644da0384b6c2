import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { parseMeta } from './meta-json.js';
import type { GoldenBackup } from './meta-shapes.js';

/** Backups that the Go tool wrote, 0.5.16 except `old4`, which is 0.4.30. */
export type GoldenName = 'b1' | 'e1' | 'mo' | 'old4';

export interface Golden {
  readonly name: GoldenName;
  /** Keys below the backup's folder (`meta/…`, `binlogs/…`) to their bytes. */
  readonly objects: ReadonlyMap<string, Buffer>;
  /** `full_meta.json` */
  readonly meta: GoldenBackup;
}

/** Unpacks a fixture into memory; the largest has 11 MB. */
export async function readGolden(name: GoldenName): Promise<Golden> {
  const objects = new Map<string, Buffer>();
  const tar = extract();
  const reading = (async () => {
    for await (const entry of tar) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      if (entry.header.type === 'file') {
        objects.set(entry.header.name.slice(name.length + 1), Buffer.concat(chunks));
      }
    }
  })();
  const file = new URL(`../../fixtures/golden/${name}.tar.gz`, import.meta.url);
  await Promise.all([reading, pipeline(createReadStream(file), createGunzip(), tar)]);
  return { name, objects, meta: parseMeta<GoldenBackup>(objectOf(objects, 'meta/full_meta.json')) };
}

/** @throws Error when the backup has no such object */
export function objectOf(objects: ReadonlyMap<string, Buffer>, key: string): Buffer {
  const bytes = objects.get(key);
  if (bytes === undefined) throw new Error(`there is no ${key}`);
  return bytes;
}
