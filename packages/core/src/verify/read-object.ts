import { isBackupError } from '../errors/index.js';
import type { LiveLog } from './check-collection.js';
import type { Sums } from './content-proofs.js';
import type { VerifyRun } from './verify-run.js';

/** What Milvus puts into one binlog at most; what is larger is proven as a stream and not decoded. */
const maxDecoded = 64 * 1024 * 1024;

/**
 * Reads an object through, holding nothing.
 * @returns false when it could not be read to its end, which is then among the findings
 */
export async function streamObject(
  run: VerifyRun,
  log: LiveLog,
  use: (chunk: Uint8Array) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const { findings, driver } = run;
  const problem = (kind: 'missing' | 'size', message: string): false => {
    findings.problem({ kind, key: log.path, message, collection: null });
    return false;
  };
  try {
    const { body, info } = await driver.get(log.key, { signal });
    if (info.size !== log.info.size) {
      body.destroy();
      return problem('size', `the object has ${info.size} bytes, it was listed with ${log.info.size}`);
    }
    let bytes = 0;
    for await (const chunk of body) {
      bytes += (chunk as Uint8Array).byteLength;
      use(chunk as Uint8Array);
    }
    findings.count({ objectsRead: 1, bytesRead: bytes });
    if (bytes === info.size) return true;
    return problem('size', `the store gave ${bytes} of its ${info.size} bytes`);
  } catch (error) {
    if (!isBackupError(error) || error.code !== 'OBJECT_NOT_FOUND') throw error;
    return problem('missing', 'the object is listed, and the store cannot find it');
  }
}

/** The bytes of an object whose sums are taken on the way; empty for one that is too large to be decoded, `null` as above. */
export async function readWhole(
  run: VerifyRun,
  log: LiveLog,
  sums: Sums,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const keep = log.info.size <= maxDecoded;
  const parts: Uint8Array[] = [];
  const whole = await streamObject(
    run,
    log,
    (chunk) => {
      sums.update(chunk);
      if (keep) parts.push(chunk);
    },
    signal,
  );
  return whole ? Buffer.concat(parts) : null;
}
