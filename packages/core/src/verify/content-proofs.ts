import { createHash } from 'node:crypto';
import type { ObjectInfo } from '../driver/driver.js';
import type { ManifestObject } from '../manifest/index.js';
import { createDigest } from '../transfer/digest.js';
import type { Findings } from './findings.js';
import type { VerifyProblem } from './types.js';

/** A sum that an object's bytes should have. */
export interface Claim {
  readonly algorithm: 'crc32' | 'crc32c' | 'crc64' | 'md5' | 'sha256';
  /** Base64. */
  readonly value: string;
  /** Who says so, for messages. */
  readonly by: string;
  /** Of an etag, whose store made it: an etag need not be the MD5 that it looks like. `null`: another sum means other bytes. */
  readonly etagOf: 'source' | 'backup' | null;
}

const md5Etag = /^[0-9a-f]{32}$/i;

/** All that is known of an object's content. */
export function claimsOf(
  told: ManifestObject | undefined,
  info: Pick<ObjectInfo, 'etag' | 'checksum'>,
): Claim[] {
  const claims: Claim[] = [];
  const etag = (value: string | undefined, by: string, etagOf: 'source' | 'backup'): void => {
    if (value === undefined || !md5Etag.test(value)) return;
    claims.push({
      algorithm: 'md5',
      value: Buffer.from(value, 'hex').toString('base64'),
      by,
      etagOf,
    });
  };
  if (told?.checksum) claims.push({ ...told.checksum, by: 'the manifest', etagOf: null });
  if (info.checksum) claims.push({ ...info.checksum, by: 'the store', etagOf: null });
  etag(told?.etag, 'the etag in the manifest', 'backup');
  etag(told?.from?.etag, 'the etag of its source in the manifest', 'source');
  etag(info.etag, 'the etag of the store', 'backup');
  return claims;
}

/** Sums in the making, one for each algorithm that somebody has told of and that can be computed here. */
export class Sums {
  readonly #sums = new Map<Claim['algorithm'], { update(chunk: Uint8Array): void; value(): string }>();

  static async open(claims: readonly Claim[]): Promise<Sums> {
    const sums = new Sums();
    for (const { algorithm } of claims) {
      if (sums.#sums.has(algorithm)) continue;
      if (algorithm === 'sha256') {
        const hash = createHash('sha256');
        sums.#sums.set(algorithm, {
          update: (chunk) => void hash.update(chunk),
          value: () => hash.copy().digest('base64'),
        });
      } else {
        const digest = await createDigest(algorithm);
        if (digest) sums.#sums.set(algorithm, digest);
      }
    }
    return sums;
  }

  update(chunk: Uint8Array): void {
    for (const sum of this.#sums.values()) sum.update(chunk);
  }

  /** `null` for one that is not computed here. */
  value(algorithm: Claim['algorithm']): string | null {
    return this.#sums.get(algorithm)?.value() ?? null;
  }
}

/** What was read and differs from etags alone, until it is known whether the etags of that store are sums. */
interface Doubts {
  areSums: boolean;
  total: number;
  readonly held: VerifyProblem[];
}

/**
 * Judges what was read. An etag that is no MD5 (a store that encrypts, or has its own way) would make every object look damaged:
 * a difference from etags alone counts as damage once the etag of another object was found to be its MD5.
 */
export class ContentProofs {
  readonly #findings: Findings;
  readonly #maxHeld: number;
  readonly #doubts: Readonly<Record<'source' | 'backup', Doubts>> = {
    source: { areSums: false, total: 0, held: [] },
    backup: { areSums: false, total: 0, held: [] },
  };

  constructor(findings: Findings, maxHeld: number) {
    this.#findings = findings;
    this.#maxHeld = maxHeld;
  }

  /** @returns whether the bytes may be trusted as far as anything is known of them */
  judge(claims: readonly Claim[], sums: Sums, at: Pick<VerifyProblem, 'key' | 'collection'>): boolean {
    const checked = claims.flatMap((claim) => {
      const value = sums.value(claim.algorithm);
      return value === null ? [] : [{ claim, ok: value === claim.value }];
    });
    for (const { claim, ok } of checked) {
      if (ok && claim.etagOf !== null) this.#doubts[claim.etagOf].areSums = true;
    }
    const wrong = checked.find(({ claim, ok }) => claim.etagOf === null && !ok);
    if (wrong) {
      this.#findings.problem(damage(wrong.claim, at));
      return false;
    }
    if (!checked.some(({ claim }) => claim.etagOf === null)) {
      const doubted = checked.find(({ ok }) => !ok);
      if (doubted && doubted.claim.etagOf !== null) {
        const doubts = this.#doubts[doubted.claim.etagOf];
        doubts.total += 1;
        if (doubts.held.length < this.#maxHeld) doubts.held.push(damage(doubted.claim, at));
        return false;
      }
    }
    if (checked.length > 0) this.#findings.count({ objectsProven: 1 });
    return true;
  }

  /** Called when all is read. */
  settle(): void {
    for (const { areSums, total, held } of Object.values(this.#doubts)) {
      if (total === 0) continue;
      if (areSums) {
        for (let at = 0; at < total; at += 1) {
          const problem = held[at] ?? held[0];
          if (problem) this.#findings.problem(problem);
        }
      } else {
        this.#findings.warn(
          `the etags are no MD5 sums: the content of ${total} objects could not be proven by them`,
        );
      }
    }
  }
}

function damage(claim: Claim, at: Pick<VerifyProblem, 'key' | 'collection'>): VerifyProblem {
  return {
    ...at,
    kind: 'checksum',
    message: `its content is not what was stored: the ${claim.algorithm} differs from what ${claim.by} says`,
  };
}
