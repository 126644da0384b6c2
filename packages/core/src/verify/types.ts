import type { StorageSection } from '../config/types.js';

/**
 * How far a verification goes; each does what the one before it does, and more. `meta`: the metadata alone, against itself
 * and the manifest. `exists`: a listing, every object with its size. `checksum`: what the store tells of each object's content
 * against the manifest. `read`: every byte, against the checksums that are known. `decode`: binlogs are parsed, their ids and
 * rows compared with the metadata.
 */
export const verifyLevels = ['meta', 'exists', 'checksum', 'read', 'decode'] as const;
export type VerifyLevel = (typeof verifyLevels)[number];

export interface VerifyRequest {
  /** Id of the run; a UUID is made when absent. */
  readonly id?: string | undefined;
  readonly name: string;
  /**
   * `backup` or absent: the configured `backup.storage`; else a name below `storages` of the configuration. A whole section is for
   * programs and the command line: never make one of what a stranger sent.
   */
  readonly from?: string | StorageSection | undefined;
  /** Default `checksum`. */
  readonly level?: VerifyLevel | undefined;
  /** Which part of the data `read` and `decode` read: `5%` or `1/10`. Absent: all. */
  readonly subset?: string | undefined;
  /** Another seed gives another part of the same size; the same seed the same part. Default empty. */
  readonly seed?: string | undefined;
  /** How many problems are named; the others are counted. Default 100. */
  readonly maxProblems?: number | undefined;
}

/**
 * `meta`: a metadata file or the manifest is damaged, or they contradict each other. `missing`: an object is gone. `size`: it
 * has another size. `checksum`: its content is not what was stored. `content`: it cannot be decoded, or is another one's.
 * `rows`: it does not hold the rows that the metadata tells.
 */
export type VerifyProblemKind = 'meta' | 'missing' | 'size' | 'checksum' | 'content' | 'rows';

export interface VerifyProblem {
  readonly kind: VerifyProblemKind;
  /** Below the backup's folder. */
  readonly key: string;
  /** A sentence. */
  readonly message: string;
  /** `database.collection`, when the object belongs to one that is known. */
  readonly collection: string | null;
}

export interface VerifyCounts {
  readonly collections: number;
  readonly segments: number;
  /** As the metadata tells, deletes not subtracted. */
  readonly rows: number;
  /** Binlogs looked for, and their bytes. */
  readonly objects: number;
  readonly bytes: number;
  /** Objects whose content the store vouches for as the manifest has it. */
  readonly checksums: number;
  readonly objectsRead: number;
  readonly bytesRead: number;
  /** Objects whose bytes were held against a checksum. */
  readonly objectsProven: number;
  readonly objectsDecoded: number;
}

export interface VerifyReport {
  readonly name: string;
  /** The store, as the request named it. */
  readonly from: string;
  readonly level: VerifyLevel;
  readonly subset: string | null;
  /** Whether no problem was found. */
  readonly ok: boolean;
  /** Backups of the Go tool have none: sizes are all that is known of their objects. */
  readonly manifest: 'present' | 'absent' | 'damaged';
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly counts: VerifyCounts;
  /** The first ones. */
  readonly problems: readonly VerifyProblem[];
  readonly problemsTotal: number;
  /** What is no damage but worth knowing, such as objects that do not belong to the backup. The first ones. */
  readonly warnings: readonly string[];
  readonly warningsTotal: number;
}
