import type { ObjectInfo, StorageDriver } from '../driver/driver.js';
import { defaultRetry, retryCall } from '../driver/retry-call.js';
import { isBackupError } from '../errors/index.js';
import type { Logger } from '../log.js';
import { damaged } from './arrival-errors.js';
import { createDigest, type Digest } from './digest.js';
import type { SourceProof, SourceProofs } from './source-proof.js';
import type { ObjectCopy } from './transfer.js';

export interface StreamEnds {
  readonly source: StorageDriver;
  readonly target: StorageDriver;
  readonly proofs: SourceProofs;
  readonly logger: Logger;
  /** A try of the whole object failed because a store is busy. */
  readonly onBusy: () => void;
}

/**
 * Copies one object through this process, with nothing held but what is on its way. What the source says of the bytes
 * is held against what came before the last of them go out, so that a damaged object is never whole at the target; what
 * the target says of what it stored is held against what was sent. A target that checks an MD5 by itself is told the
 * source's, which proves both ways at once and costs nothing here. Tried again while that may help.
 * @throws BackupError `CHECKSUM_MISMATCH` when it stays damaged, or the last failure of a store
 */
export async function streamObject(
  ends: StreamEnds,
  object: ObjectCopy,
  signal: AbortSignal,
): Promise<ObjectInfo> {
  const last: { error: unknown } = { error: undefined };
  return await retryCall(() => streamOnce(ends, object, last, signal), {
    ...defaultRetry,
    signal,
    isHopeless: () => isGivenUp(last.error),
    onRetry: (error, attempt) => {
      if (error.code === 'STORAGE_BUSY') ends.onBusy();
      ends.logger.debug(
        { key: object.sourceKey, attempt, code: error.code, reason: error.message },
        'an object is streamed again',
      );
    },
  });
}

/** @param last gets what the source failed with in this try */
async function streamOnce(
  { source, target, proofs }: StreamEnds,
  object: ObjectCopy,
  last: { error: unknown },
  signal: AbortSignal,
): Promise<ObjectInfo> {
  last.error = undefined;
  const fail = (error: unknown): void => {
    last.error = error;
  };
  const { body, info } = await source.get(object.sourceKey, { signal }).catch((error: unknown) => {
    fail(error);
    throw error;
  });
  // Whoever reads the body gets its failure; one that comes while nobody reads must not end the process.
  body.on('error', fail);
  try {
    if (info.size !== object.size) throw damaged(object, `${object.size} bytes`, `${info.size}`);
    const md5 = target.capabilities.md5Put ? proofs.md5Of(object.sourceKey, info) : undefined;
    if (md5 !== undefined) return await putProven(target, object, body, info, md5, proofs, signal);
    const proof = await proofs.open(info);
    const sent = await targetDigest(target, proof);
    const checked = checkBody(body, object, proof, sent);
    const stored = await target.put(object.targetKey, checked, { size: info.size, signal });
    const told = sent && { algorithm: sent.algorithm, value: sent.value() };
    assertStored(object, stored, told ?? info.checksum);
    proofs.arrived(object.sourceKey);
    const known = stored.checksum ?? told ?? digestOf(proof) ?? info.checksum;
    return known === undefined ? stored : { ...stored, checksum: known };
  } finally {
    body.destroy();
  }
}

async function putProven(
  target: StorageDriver,
  { sourceKey, targetKey }: ObjectCopy,
  body: AsyncIterable<Uint8Array>,
  info: ObjectInfo,
  md5: string,
  proofs: SourceProofs,
  signal: AbortSignal,
): Promise<ObjectInfo> {
  try {
    const stored = await target.put(targetKey, body, { size: info.size, md5, signal });
    proofs.judge(sourceKey, info, 'accepted');
    return { ...stored, checksum: stored.checksum ?? { algorithm: 'md5', value: md5 } };
  } catch (error) {
    if (isBackupError(error) && error.code === 'CHECKSUM_MISMATCH') proofs.judge(sourceKey, info, 'refused');
    throw error;
  }
}

function assertStored(object: ObjectCopy, { checksum }: ObjectInfo, want: ObjectInfo['checksum']): void {
  if (!want || !checksum || want.algorithm !== checksum.algorithm || want.value === checksum.value) return;
  throw damaged(object, `${want.algorithm} ${want.value}`, checksum.value);
}

/** The managed driver has asked a source that is busy or away often enough; to begin anew would only multiply the wait. */
function isGivenUp(error: unknown): boolean {
  return isBackupError(error) && (error.code === 'STORAGE_BUSY' || error.code === 'STORAGE_UNREACHABLE');
}

const digestOf = (proof: SourceProof | undefined): ObjectInfo['checksum'] =>
  proof && { algorithm: proof.digest.algorithm, value: proof.digest.value() };

/**
 * The sum that the target will tell; the source's own when both use one algorithm. An MD5 is not computed for this alone:
 * the driver does so anyway, and twice it would cost more than the network. Where neither end tells a sum, one is made all
 * the same: whoever keeps it can prove the object later.
 */
async function targetDigest(
  target: StorageDriver,
  proof: SourceProof | undefined,
): Promise<Digest | undefined> {
  const { checksum } = target.capabilities;
  if (checksum === undefined) return proof ? undefined : await createDigest('crc32c');
  if (proof?.digest.algorithm === checksum) return proof.digest;
  return checksum === 'md5' ? undefined : await createDigest(checksum);
}

async function* checkBody(
  body: AsyncIterable<Uint8Array>,
  object: ObjectCopy,
  proof: SourceProof | undefined,
  sent: Digest | undefined,
): AsyncGenerator<Uint8Array> {
  const digests = new Set([proof?.digest, sent].filter((digest) => digest !== undefined));
  let held: Uint8Array | undefined;
  for await (const chunk of body) {
    for (const digest of digests) digest.update(chunk);
    if (held) yield held;
    held = chunk;
  }
  proof?.check(object);
  if (held) yield held;
}
