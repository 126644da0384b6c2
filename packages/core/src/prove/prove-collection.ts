import { createHash } from 'node:crypto';
import { BackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';
import type { MilvusGateway, QueriedRows, QueriedValue } from '../milvus/gateway.js';
import {
  type BackupRows,
  type BackupRowsInput,
  comparedFields,
  keyFieldOf,
  queriedNames,
  readBackupRows,
} from './backup-rows.js';
import { holdLoaded } from './hold-loaded.js';

/** Rows asked for in one call, and about how many bytes of them. */
const maxRows = 1000;
const maxBytes = 8 * 1024 * 1024;
/** Rows of keys that were found with other values, which another row of the same key may explain. */
const maxDoubts = 10_000;
const namedKeys = 10;
const watchedRemoved = 1000;

export interface ProveInput extends BackupRowsInput {
  readonly milvus: MilvusGateway;
  /** Where the collection was restored to. */
  readonly at: CollectionName;
  /** Whether nothing but the backup may be in the target. */
  readonly exact: boolean;
  readonly onRows?: (rows: number) => void;
}

export interface CollectionProof {
  /** Rows found, each with all its values. */
  readonly rows: number;
  /** Names of the fields that were compared. */
  readonly fields: readonly string[];
  /** Fields of a type that is not compared here. */
  readonly skipped: readonly string[];
}

/**
 * Compares every row of a backup with the target: keys, vectors and all other fields, bit by bit. The target is asked by keys, so
 * that memory holds a thousand rows beside one flush of one segment.
 * @throws BackupError `PROOF_FAILED` naming the collection and the first keys; `FORMAT_UNSUPPORTED`, `VERIFY_FAILED`, and errors of
 * Milvus and the store
 */
export async function proveCollection(input: ProveInput): Promise<CollectionProof> {
  return await holdLoaded(input.milvus, input.at, input.signal, () => new Proof(input).run());
}

class Proof {
  readonly #input: ProveInput;
  readonly #key: string;
  readonly #names: readonly string[];
  readonly #skipped = new Set<string>();
  /** By key: the rows that the target has instead. */
  readonly #doubts = new Map<bigint | string, Set<string>>();
  readonly #removed = new Map<bigint | string, string>();
  #rows = 0;

  constructor(input: ProveInput) {
    this.#input = input;
    this.#key = keyFieldOf(input.collection).name;
    this.#names = comparedFields(input.collection).map((field) => field.name);
  }

  async run(): Promise<CollectionProof> {
    for await (const rows of this.#read()) await this.#compare(rows);
    if (this.#doubts.size > 0) await this.#settleDoubts();
    if (this.#input.exact) await this.#count();
    const fields = this.#names.filter((name) => !this.#skipped.has(name));
    return { rows: this.#rows, fields, skipped: [...this.#skipped] };
  }

  #read(): AsyncGenerator<BackupRows> {
    return readBackupRows({ ...this.#input, onSkipped: (field) => void this.#skipped.add(field) });
  }

  async #compare(rows: BackupRows): Promise<void> {
    const live: number[] = [];
    for (const [row, key] of rows.keys.entries()) {
      if (!rows.removed[row]) live.push(row);
      else if (this.#removed.size < watchedRemoved) this.#removed.set(key, this.#digest(rows.columns, row));
    }
    const step = batchOf(rows);
    for (let from = 0; from < live.length; from += step) {
      const batch = live.slice(from, from + step);
      const found = await this.#ask(
        batch.map((row) => rows.keys[row] ?? 0n),
        [...rows.columns.keys()],
      );
      const byKey = this.#index(found);
      const missing: (bigint | string)[] = [];
      for (const row of batch) {
        const key = rows.keys[row] ?? 0n;
        const others = byKey.get(key);
        if (!others) missing.push(key);
        else if (!others.some((other) => this.#same(rows.columns, row, found.columns, other))) {
          this.#doubt(
            key,
            others.map((other) => this.#digest(found.columns, other)),
          );
        }
      }
      if (missing.length > 0) throw this.#failed(missing, `lacks ${missing.length} rows`);
      this.#rows += batch.length;
      this.#input.onRows?.(batch.length);
    }
  }

  async #ask(keys: readonly (bigint | string)[], fields: readonly string[]): Promise<QueriedRows> {
    const list = keys.map((key) => (typeof key === 'string' ? JSON.stringify(key) : String(key)));
    const { milvus, at, collection, signal } = this.#input;
    const expression = `${this.#key} in [${list.join(',')}]`;
    const asked = queriedNames(collection, fields);
    const found = await milvus.query(at, { expression, fields: asked }, { signal });
    for (const name of fields) if (!found.columns.has(name)) this.#skipped.add(name);
    return found;
  }

  #index(found: QueriedRows): Map<QueriedValue, number[]> {
    const rows = new Map<QueriedValue, number[]>();
    for (const [row, key] of (found.columns.get(this.#key) ?? []).entries()) {
      const known = rows.get(key);
      if (known) known.push(row);
      else rows.set(key, [row]);
    }
    return rows;
  }

  #same(one: BackupRows['columns'], row: number, two: QueriedRows['columns'], other: number): boolean {
    for (const [name, values] of one) {
      const theirs = two.get(name);
      if (theirs && !isEqual(values[row], theirs[other])) return false;
    }
    return true;
  }

  #digest(columns: ReadonlyMap<string, readonly QueriedValue[]>, row: number): string {
    const hash = createHash('sha256');
    for (const name of this.#names) {
      const value = this.#skipped.has(name) ? undefined : columns.get(name)?.[row];
      const bytes = value instanceof Uint8Array ? value : Buffer.from(String(value));
      hash.update(`${name}\0${value === null ? 'null' : bytes.byteLength}\0`).update(bytes);
    }
    return hash.digest('base64');
  }

  /** Of rows with one key Milvus shows one: that is another row of the backup, or it is wrong. */
  #doubt(key: bigint | string, found: readonly string[]): void {
    const known = this.#doubts.get(key) ?? new Set();
    for (const digest of found) known.add(digest);
    this.#doubts.set(key, known);
    if (this.#doubts.size > maxDoubts)
      throw this.#failed([...this.#doubts.keys()], `has other values in ${this.#doubts.size} rows`);
  }

  async #settleDoubts(): Promise<void> {
    for await (const rows of this.#read()) {
      for (const [row, key] of rows.keys.entries()) {
        const found = rows.removed[row] ? undefined : this.#doubts.get(key);
        if (!found) continue;
        found.delete(this.#digest(rows.columns, row));
        if (found.size === 0) this.#doubts.delete(key);
      }
    }
    if (this.#doubts.size > 0)
      throw this.#failed([...this.#doubts.keys()], `has other values in ${this.#doubts.size} rows`);
  }

  async #count(): Promise<void> {
    const { milvus, at, signal } = this.#input;
    const answer = await milvus.query(at, { expression: '', fields: ['count(*)'] }, { signal });
    const got = answer.columns.get('count(*)')?.[0];
    if (got === BigInt(this.#rows)) return;
    const risen = await this.#findRisen();
    throw this.#failed(risen, `has ${String(got)} rows instead of ${this.#rows}`);
  }

  /** Rows that the backup has deleted, and the target shows. */
  async #findRisen(): Promise<(bigint | string)[]> {
    const keys = [...this.#removed.keys()];
    if (keys.length === 0) return [];
    const found = await this.#ask(
      keys,
      this.#names.filter((name) => !this.#skipped.has(name)),
    );
    const risen: (bigint | string)[] = [];
    for (const [key, rows] of this.#index(found)) {
      if (typeof key !== 'bigint' && typeof key !== 'string') continue;
      if (rows.some((row) => this.#digest(found.columns, row) === this.#removed.get(key))) risen.push(key);
    }
    return risen;
  }

  #failed(keys: readonly (bigint | string)[], what: string): BackupError {
    const { at, name } = this.#input;
    const first = keys.slice(0, namedKeys).map(String);
    const named =
      first.length === 0 ? '' : ` (${this.#key}: ${first.join(', ')}${keys.length > namedKeys ? '…' : ''})`;
    return new BackupError({
      code: 'PROOF_FAILED',
      message: `${nameKey(at)} ${what}, unlike backup ${name}${named}`,
      remedy:
        'do not use this collection: drop it and restore again; check the backup with `verify --decode`',
      details: {
        database: at.database,
        collection: at.collection,
        keys: first.join(', '),
        rows: keys.length,
      },
    });
  }
}

/** So many rows that an answer stays small. */
function batchOf(rows: BackupRows): number {
  let bytes = 0;
  const sample = Math.min(rows.keys.length, 100);
  for (const values of rows.columns.values()) {
    for (const value of values.slice(0, sample)) bytes += sizeOf(value);
  }
  const perRow = sample === 0 ? 1 : bytes / sample;
  return Math.max(1, Math.min(maxRows, Math.trunc(maxBytes / Math.max(perRow, 1))));
}

function sizeOf(value: QueriedValue): number {
  if (value instanceof Uint8Array) return value.byteLength;
  return typeof value === 'string' ? value.length : 8;
}

function isEqual(one: QueriedValue | undefined, other: QueriedValue | undefined): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other) === 0;
  return one === other;
}
