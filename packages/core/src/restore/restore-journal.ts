import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { StorageDriver } from '../driver/driver.js';
import { isBackupError, toBackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';
import { tsKey } from '../layout/index.js';
import type { Logger } from '../log.js';
import { unreadable } from '../manifest/lines.js';
import { parseShallowJson } from '../meta/wide-json.js';
import { readText } from '../transfer/read-text.js';

const maxBytes = 16 * 1024 * 1024;

const targetSchema = z.object({
  version: z.literal(1),
  database: z.string(),
  collection: z.string(),
  /** `making`: asked for, maybe not answered. `filling`: there, with the id below. `done`: proven. */
  state: z.enum(['making', 'filling', 'done']),
  /** Milvus's id of the target, decimal; empty while it is not known. */
  collectionId: z.string(),
  /** Whether this restore has made the collection, so that it may drop it. */
  made: z.boolean(),
  rows: z.number().int().nonnegative(),
  /** Import jobs by what they import; an empty id was asked for, maybe without an answer. */
  jobs: z.record(z.string(), z.string()),
});

/** What a restore has done to one target, as it stands in the backup store. */
export type TargetState = z.infer<typeof targetSchema>;

const headSchema = z.object({ version: z.literal(1), fingerprint: z.string() });

const folder = (root: string, name: string, id: string): string =>
  tsKey(root, name, 'restore-journal', id, '');

const headKey = (root: string, name: string, id: string): string => `${folder(root, name, id)}head.json`;

export interface RestoreJournalInit {
  readonly driver: StorageDriver;
  readonly root: string;
  readonly name: string;
  readonly id: string;
  /** Tells this restore from others, see `fingerprintOf`. */
  readonly fingerprint: string;
  readonly logger: Logger;
}

/**
 * Notes of one restore in the backup store, written before and after each step that cannot be taken back: the same command
 * goes on from them. On a store that may only be read the restore goes on without.
 */
export class RestoreJournal {
  readonly #init: RestoreJournalInit;
  readonly #previous: ReadonlyMap<string, TargetState>;
  #writable = true;
  #opened = false;

  constructor(init: RestoreJournalInit, previous: ReadonlyMap<string, TargetState> = new Map()) {
    this.#init = init;
    this.#previous = previous;
  }

  /** What an earlier try at this restore has left of a target. */
  previous(at: CollectionName): TargetState | null {
    return this.#previous.get(nameKey(at)) ?? null;
  }

  async save(state: TargetState): Promise<void> {
    const { driver, root, name, id, fingerprint } = this.#init;
    // With the first note: a restore that is refused leaves none.
    if (!this.#opened) {
      this.#opened = true;
      await this.#put(driver, headKey(root, name, id), { version: 1, fingerprint });
    }
    // Names may hold what no key may; a hash of them is short and safe.
    const hash = createHash('sha256')
      .update(`${state.database}\0${state.collection}`)
      .digest('hex')
      .slice(0, 32);
    await this.#put(driver, `${folder(root, name, id)}${hash}.json`, state);
  }

  async #put(driver: StorageDriver, key: string, value: object): Promise<void> {
    if (!this.#writable) return;
    try {
      await driver.put(key, new TextEncoder().encode(JSON.stringify(value)));
    } catch (error) {
      this.#writable = false;
      this.#init.logger.warn(
        { reason: toBackupError(error).message },
        'the journal of the restore cannot be written; when the restore is interrupted, it starts over',
      );
    }
  }
}

/** The fingerprint of an earlier restore; `null` when it left no journal, or one that is damaged: it may keep no other restore. */
export async function readFingerprint(
  { driver, root, name, id }: Omit<RestoreJournalInit, 'logger' | 'fingerprint'>,
  signal?: AbortSignal,
): Promise<string | null> {
  const key = headKey(root, name, id);
  try {
    const text = await readText(driver, key, maxBytes, signal);
    return text === null ? null : parse(headSchema, text, key).fingerprint;
  } catch (error) {
    if (!isBackupError(error) || error.code !== 'META_UNREADABLE') throw error;
    return null;
  }
}

/** What an earlier restore noted of its targets, by `database.collection`. A damaged note is as none. */
export async function readTargetStates(
  { driver, root, name, id, logger }: Omit<RestoreJournalInit, 'fingerprint'>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, TargetState>> {
  const states = new Map<string, TargetState>();
  for await (const entry of driver.list(folder(root, name, id), { signal })) {
    if (entry.type !== 'object' || entry.key === headKey(root, name, id)) continue;
    try {
      const text = (await readText(driver, entry.key, maxBytes, signal)) ?? '';
      const state = parse(targetSchema, text, entry.key);
      states.set(nameKey(state), state);
    } catch (error) {
      if (!isBackupError(error) || error.code !== 'META_UNREADABLE') throw error;
      logger.warn({ key: entry.key }, 'a note of the earlier restore is damaged');
    }
  }
  return states;
}

function parse<T>(schema: z.ZodType<T>, text: string, key: string): T {
  try {
    return schema.parse(parseShallowJson(text));
  } catch (cause) {
    throw unreadable(key, 'is no note of a restore', cause);
  }
}
