import type { ObjectInfo } from '../driver/driver.js';
import type { Logger } from '../log.js';
import { damaged } from './arrival-errors.js';
import { createDigest, type Digest } from './digest.js';
import type { ObjectCopy } from './transfer.js';

/**
 * What the source says of an object's content, held against the bytes that came. Without a checksum the etag serves: for
 * most S3 stores it is the MD5 of what was put in one request, and Milvus writes without any other checksum.
 */
export interface SourceProof {
  readonly digest: Digest;
  /**
   * Called when all bytes have come and before the last go out.
   * @throws BackupError `CHECKSUM_MISMATCH`, retryable
   */
  check(object: ObjectCopy): void;
}

/** One a run: learns whether the source's etags are MD5 sums. */
export class SourceProofs {
  readonly #logger: Logger;
  #etags: 'unknown' | 'md5' | 'other' = 'unknown';
  /** By source key: the MD5 of a read that was not what the etag said. */
  readonly #doubted = new Map<string, string>();
  /** Source keys whose content the target found to be other than {@link md5Of} told. */
  readonly #refused = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * The MD5 of an object as the source tells it, for a target that holds what it gets against it; `undefined` when it tells
   * none, or the target has refused the content because of it.
   */
  md5Of(sourceKey: string, { checksum, etag }: ObjectInfo): string | undefined {
    if (this.#refused.has(sourceKey)) return undefined;
    if (checksum?.algorithm === 'md5') return checksum.value;
    return this.#mayBeMd5(etag) ? Buffer.from(etag, 'hex').toString('base64') : undefined;
  }

  /** What a target made of an MD5 that {@link md5Of} told. */
  judge(sourceKey: string, { checksum }: ObjectInfo, verdict: 'accepted' | 'refused'): void {
    if (verdict === 'refused') this.#refused.add(sourceKey);
    else if (this.#etags === 'unknown' && checksum?.algorithm !== 'md5') this.#etags = 'md5';
  }

  /** An object has arrived whole without its MD5 being told: when that was for a refusal, etags are no MD5 sums here. */
  arrived(sourceKey: string): void {
    if (this.#refused.delete(sourceKey) && this.#etags === 'unknown') this.#etags = 'other';
  }

  #mayBeMd5(etag: string | undefined): etag is string {
    return this.#etags !== 'other' && etag !== undefined && /^[0-9a-f]{32}$/i.test(etag);
  }

  /** `undefined` when the source says nothing that could be computed. */
  async open({ checksum, etag }: ObjectInfo): Promise<SourceProof | undefined> {
    const told = checksum && (await createDigest(checksum.algorithm));
    if (checksum && told) {
      return {
        digest: told,
        check(object) {
          if (told.value() !== checksum.value) {
            throw damaged(object, `${checksum.algorithm} ${checksum.value}`, told.value());
          }
        },
      };
    }
    if (!this.#mayBeMd5(etag)) return undefined;
    const digest = await createDigest('md5');
    return digest && { digest, check: (object) => this.#checkEtag(object, etag, digest.value()) };
  }

  /**
   * An etag that is no MD5 (encrypted with a key of the customer, or a store with its own way) would make every object
   * look damaged. Damage does not come the same twice, so a second read that gives the same bytes is believed.
   */
  #checkEtag(object: ObjectCopy, etag: string, md5: string): void {
    const { sourceKey } = object;
    const want = Buffer.from(etag, 'hex').toString('base64');
    if (md5 === want) {
      this.#etags = 'md5';
      this.#doubted.delete(sourceKey);
      return;
    }
    if (this.#doubted.get(sourceKey) !== md5) {
      this.#doubted.set(sourceKey, md5);
      throw damaged(object, `md5 ${want}`, md5);
    }
    this.#doubted.delete(sourceKey);
    if (this.#etags === 'md5') {
      this.#logger.warn(
        { key: sourceKey },
        'the etag of this object is not the MD5 of its content, as it is for others',
      );
    } else this.#etags = 'other';
  }
}
