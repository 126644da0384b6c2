import { createHash, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { ErrorCode, ListEntry, ListOptions, StorageDriver } from '@milvus-backup/core/driver';
import { isBackupError } from '@milvus-backup/core/driver';
import { expect } from 'vitest';
import type { ConformanceOptions, DriverLimits, MakeDriver } from './options.js';

/** What the tests of every group work with. */
export interface Kit {
  /** The bucket most tests use; its driver stays open throughout. */
  readonly driver: StorageDriver;
  /** A second bucket of the same store. */
  readonly other: StorageDriver;
  readonly bucket: string;
  readonly limits: DriverLimits;
  readonly options: ConformanceOptions;
  readonly manyObjects: number;
  readonly largeObject: number;
  readonly settling: number;
  /** A driver that the test closes, for a bucket that exists unless it is named. */
  makeDriver(bucket?: string): Promise<StorageDriver>;
  /** A prefix that no other test uses, with a trailing slash. */
  prefix(): string;
}

/** Groups get the kit as a function: it is made in `beforeAll`, after they were declared. */
export type GetKit = () => Kit;

export async function openKit(makeDriver: MakeDriver, options: ConformanceOptions): Promise<Kit> {
  const run = randomUUID().slice(0, 8);
  const bucket = `conformance-${run}-one`;
  const driver = await makeDriver(bucket);
  const other = await makeDriver(`conformance-${run}-two`);
  await driver.createBucket();
  await other.createBucket();
  let prefixes = 0;
  return {
    driver,
    other,
    bucket,
    limits: options.limits ?? {},
    options,
    manyObjects: options.manyObjects ?? 2100,
    largeObject: options.largeObject ?? 40 * 1024 * 1024,
    settling: options.settling ?? 1000,
    makeDriver: async (name) => makeDriver(name ?? bucket),
    prefix: () => {
      prefixes += 1;
      return `test-${prefixes}/`;
    },
  };
}

export async function closeKit(kit: Kit): Promise<void> {
  for (const driver of [kit.driver, kit.other]) {
    await driver.delete(await listKeys(driver, ''));
    await driver.close();
  }
}

export const bytes = (text: string): Uint8Array => Buffer.from(text);

/** Bytes that repeat nowhere nearby, so that a part in the wrong place shows. */
export function pattern(size: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = seed;
  for (let index = 0; index < words.length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, size);
}

/** A body of unknown length. */
export async function* chunksOf(data: Uint8Array, chunk = 100_000): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < data.length; from += chunk) yield data.subarray(from, from + chunk);
}

export async function readAll(
  driver: StorageDriver,
  key: string,
  options: Parameters<StorageDriver['get']>[1] = {},
): Promise<Uint8Array> {
  return buffer((await driver.get(key, options)).body);
}

/** The content as text; of a large one, which a wrong driver may give, size and digest only. */
export async function readText(driver: StorageDriver, key: string): Promise<string> {
  const data = await readAll(driver, key);
  return data.length > 2000 ? `${data.length} bytes, ${digest(data)}` : Buffer.from(data).toString();
}

/** For large contents: a failure prints two digests, not megabytes. */
export const digest = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

export async function listAll(
  driver: StorageDriver,
  prefix: string,
  options: ListOptions = {},
): Promise<readonly ListEntry[]> {
  const entries: ListEntry[] = [];
  for await (const entry of driver.list(prefix, options)) entries.push(entry);
  return entries;
}

/** Keys of objects, and prefixes of folders. */
export async function listKeys(
  driver: StorageDriver,
  prefix: string,
  options: ListOptions = {},
): Promise<readonly string[]> {
  const entries = await listAll(driver, prefix, options);
  return entries.map((entry) => (entry.type === 'object' ? entry.key : entry.prefix));
}

/** The call must reject with a coded error; gives its code so that a failure shows both. */
export async function codeOf(call: Promise<unknown>): Promise<ErrorCode | string> {
  try {
    await call;
  } catch (error) {
    return isBackupError(error) ? error.code : `not a BackupError: ${String(error)}`;
  }
  return 'resolved';
}

export async function expectCode(call: Promise<unknown>, code: ErrorCode): Promise<void> {
  expect(await codeOf(call)).toBe(code);
}

/** Proves that nothing unfinished stayed in the store, where the harness can look. */
export async function expectNoUploads(kit: Kit): Promise<void> {
  if (kit.options.openUploads) expect(await kit.options.openUploads(kit.bucket)).toBe(0);
}
