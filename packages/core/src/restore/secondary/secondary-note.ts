import { z } from 'zod';
import type { StorageDriver } from '../../driver/driver.js';
import { tsKey } from '../../layout/index.js';
import { unreadable } from '../../manifest/lines.js';
import { parseShallowJson } from '../../meta/wide-json.js';
import { readText } from '../../transfer/read-text.js';

const maxBytes = 16 * 1024 * 1024;

const noteSchema = z.object({
  version: z.literal(1),
  /** Milliseconds since 1970. */
  base: z.number().int().positive(),
  /** Of the target, before the restore. */
  databases: z.array(z.string()),
});

/** What the messages of a restore depend on besides backup and request: with it, a later try makes the same ones. */
export type SecondaryNote = z.infer<typeof noteSchema>;

export interface NotePlace {
  readonly driver: StorageDriver;
  readonly root: string;
  readonly name: string;
  readonly id: string;
}

const keyOf = ({ root, name, id }: NotePlace): string =>
  tsKey(root, name, 'restore-journal', id, 'secondary.json');

/** The key by which a later run of the same command finds this one, see `findResumable`. */
const headOf = ({ root, name, id }: NotePlace): string =>
  tsKey(root, name, 'restore-journal', id, 'head.json');

export async function writeSecondaryNote(
  place: NotePlace,
  fingerprint: string,
  note: SecondaryNote,
): Promise<void> {
  const put = async (key: string, value: object): Promise<void> => {
    await place.driver.put(key, new TextEncoder().encode(JSON.stringify(value)));
  };
  await put(keyOf(place), note);
  await put(headOf(place), { version: 1, fingerprint });
}

/** @throws BackupError `META_UNREADABLE` */
export async function readSecondaryNote(
  place: NotePlace,
  signal?: AbortSignal,
): Promise<SecondaryNote | null> {
  const key = keyOf(place);
  const text = await readText(place.driver, key, maxBytes, signal);
  if (text === null) return null;
  try {
    return noteSchema.parse(parseShallowJson(text));
  } catch (cause) {
    throw unreadable(key, 'is no note of a restore', cause);
  }
}
