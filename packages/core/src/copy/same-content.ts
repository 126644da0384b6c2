import { createHash } from 'node:crypto';
import type { ChecksumAlgorithm } from '../driver/capabilities.js';
import type { ObjectInfo, StorageDriver } from '../driver/driver.js';
import { createDigest } from '../transfer/digest.js';

/** An object as a listing told of it. */
export interface Held {
  readonly driver: StorageDriver;
  readonly info: ObjectInfo;
}

/** What stores make etags of: the MD5 of the bytes, or of the MD5s of parts. Equal ones mean equal bytes, different ones nothing. */
const md5Etag = /^[0-9a-f]{32}(-\d+)?$/i;

/**
 * Whether two objects hold the same bytes, by the cheapest proof there is: what both stores tell, else what one tells against
 * a reading of the other, else a reading of both.
 * @throws BackupError of the stores
 */
export async function isSameContent(a: Held, b: Held, signal: AbortSignal): Promise<boolean> {
  if (a.info.size !== b.info.size) return false;
  if (a.info.size === 0 || haveSameEtag(a.info, b.info)) return true;
  const [x, y] = await Promise.all([ask(a, signal), ask(b, signal)]);
  const [told, other] = [x.checksum, y.checksum];
  if (told && other && told.algorithm === other.algorithm) return told.value === other.value;
  for (const [known, unread] of [
    [x, b],
    [y, a],
  ] as const) {
    const digest = digestOf(known);
    const read = digest && (await readDigest(unread, digest.algorithm, signal));
    if (!digest || read === null) continue;
    if (read === digest.value) return true;
    // An etag is no promise: it may be the MD5 of something else than the bytes.
    if (digest.sure) return false;
  }
  const both = await Promise.all([readHash(a, signal), readHash(b, signal)]);
  return both[0] === both[1];
}

function haveSameEtag(a: ObjectInfo, b: ObjectInfo): boolean {
  return a.etag !== undefined && md5Etag.test(a.etag) && a.etag === b.etag;
}

/** Listings seldom carry checksums. */
async function ask({ driver, info }: Held, signal: AbortSignal): Promise<ObjectInfo> {
  if (info.checksum || driver.capabilities.checksum === undefined) return info;
  return (await driver.head(info.key, { signal })) ?? info;
}

interface KnownDigest {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64. */
  readonly value: string;
  /** Whether another digest means other bytes. */
  readonly sure: boolean;
}

function digestOf({ checksum, etag }: ObjectInfo): KnownDigest | null {
  if (checksum) return { ...checksum, sure: true };
  if (etag === undefined || !/^[0-9a-f]{32}$/i.test(etag)) return null;
  return { algorithm: 'md5', value: Buffer.from(etag, 'hex').toString('base64'), sure: false };
}

/** `null` for an algorithm that is not computed here. */
async function readDigest(
  { driver, info }: Held,
  algorithm: ChecksumAlgorithm,
  signal: AbortSignal,
): Promise<string | null> {
  const digest = await createDigest(algorithm);
  if (digest === undefined) return null;
  const { body } = await driver.get(info.key, { signal });
  for await (const chunk of body) digest.update(chunk as Uint8Array);
  return digest.value();
}

async function readHash({ driver, info }: Held, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const { body } = await driver.get(info.key, { signal });
  for await (const chunk of body) hash.update(chunk as Uint8Array);
  return hash.digest('base64');
}
