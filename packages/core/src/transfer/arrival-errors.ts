import { BackupError } from '../errors/index.js';

/** What an error needs to know of an object on its way. */
interface OnItsWay {
  readonly sourceKey: string;
  readonly targetKey: string;
}

export function damaged({ targetKey }: OnItsWay, want: string, got: string): BackupError {
  return new BackupError({
    code: 'CHECKSUM_MISMATCH',
    message: `object ${targetKey} arrived damaged: want ${want}, got ${got}`,
    remedy: 'run the command again; when it stays so, look at the network and the disks of the store',
    retryable: true,
    details: { key: targetKey },
  });
}

export function gone({ sourceKey }: OnItsWay, cause: BackupError): BackupError {
  return new BackupError({
    code: 'SOURCE_INCOMPLETE',
    message: `object ${sourceKey} went away while it was copied`,
    remedy:
      'run the command again; pausing garbage collection (backup.gcPause) keeps Milvus from removing files',
    cause,
    details: { key: sourceKey },
  });
}
