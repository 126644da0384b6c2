import type { IncomingHttpHeaders } from 'node:http';
import type { ObjectInfo } from '@milvus-backup/core/driver';

/** What to ask for of an object; more would cost the store and the network. */
export const objectFields = 'name,size,generation,crc32c,updated';

/** Facts of an object as the JSON API tells them. */
export function infoOf(key: string, data: Readonly<Record<string, unknown>>): ObjectInfo {
  const { size, generation, crc32c, updated } = data;
  return {
    key,
    size: Number(size ?? 0),
    ...(isText(generation) ? { etag: generation } : {}),
    ...(isText(crc32c) ? { checksum: { algorithm: 'crc32c', value: crc32c } } : {}),
    ...(isText(updated) ? { lastModified: new Date(updated) } : {}),
  };
}

/** Facts of an object as a download tells them; `undefined` where the endpoint leaves out the generation or the size. */
export function infoOfDownload(key: string, headers: IncomingHttpHeaders): ObjectInfo | undefined {
  const generation = headers['x-goog-generation'];
  const total = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] ?? headers['content-length'];
  if (!isText(generation) || total === undefined) return undefined;
  const hashes = [headers['x-goog-hash'] ?? []].flat().join(',');
  const crc32c = /crc32c=([\w+/]{6}==)/.exec(hashes)?.[1];
  const modified = Date.parse(headers['last-modified'] ?? '');
  return {
    key,
    size: Number(total),
    etag: generation,
    ...(crc32c === undefined ? {} : { checksum: { algorithm: 'crc32c', value: crc32c } }),
    ...(Number.isNaN(modified) ? {} : { lastModified: new Date(modified) }),
  };
}

export function objectPath(bucket: string, key?: string): string {
  const objects = `/b/${encodeURIComponent(bucket)}/o`;
  return key === undefined ? objects : `${objects}/${encodeURIComponent(key)}`;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
