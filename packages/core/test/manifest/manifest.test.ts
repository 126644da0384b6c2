import { describe, expect, it } from 'vitest';
import { decodeManifest, encodeManifest, type ManifestItem } from '../../src/manifest/index.js';

const items: ManifestItem[] = [
  {
    type: 'object',
    key: 'binlogs/insert_log/1/2/3/4/5/6',
    size: 12,
    checksum: { algorithm: 'crc32', value: 'AAAAAA==' },
    etag: 'x',
    from: { key: 'files/insert_log/1/2/4/5/6', etag: 'y' },
  },
  { type: 'object', key: 'meta/fürst.json', size: 0 },
  { type: 'segment', collection: '1', partition: '-1', segment: '470643336634433555', rows: 7 },
];

async function collect<T>(from: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of from) found.push(one);
  return found;
}

async function encode(list: Iterable<ManifestItem>): Promise<Buffer> {
  return Buffer.concat(await collect(encodeManifest('id-1', list)));
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

const decode = async (bytes: Uint8Array, size = 7): Promise<ManifestItem[]> =>
  await collect(decodeManifest(inPieces(bytes, size), 'the manifest'));

describe('a manifest', () => {
  it('gives back what was written, however it is cut into pieces', async () => {
    const bytes = await encode(items);
    for (const size of [1, 7, 4096]) expect(await decode(bytes, size)).toEqual(items);
  });

  it('holds nothing at all when there is nothing', async () => {
    expect(await decode(await encode([]))).toEqual([]);
  });

  it('is handed on in pieces, whatever its length', async () => {
    const many = Array.from(
      { length: 5_000 },
      (_, at): ManifestItem => ({ type: 'object', key: `k/${at}`, size: at }),
    );
    const pieces = await collect(encodeManifest('id', many));
    expect(pieces.length).toBeGreaterThan(2);
    expect(await decode(Buffer.concat(pieces), 10_000)).toEqual(many);
  });

  it('is refused after any change of a byte', async () => {
    const bytes = await encode(items);
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(decode(changed), `byte ${at}`).rejects.toMatchObject({ code: 'META_UNREADABLE' });
    }
  });

  it('is refused when it is cut anywhere', async () => {
    const bytes = await encode(items);
    for (let length = 0; length < bytes.length; length++) {
      await expect(decode(bytes.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({
        code: 'META_UNREADABLE',
      });
    }
  });

  it('is refused when something follows, or a line has no end', async () => {
    const bytes = await encode(items);
    await expect(decode(Buffer.concat([bytes, Buffer.from('{}\n')]))).rejects.toThrow(
      'goes on after its end',
    );
    await expect(decode(Buffer.alloc(100_000, 0x20), 5_000)).rejects.toThrow('has a line of more than');
  });
});
