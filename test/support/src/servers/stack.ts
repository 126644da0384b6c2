import { type MilvusOptions, type MilvusServer, startMilvus } from './milvus.js';
import { type S3Options, type S3Server, startS3 } from './s3.js';

export interface StackOptions {
  /** How many Milvus servers on the one S3 server. Default: 1. */
  readonly milvus?: 1 | 2;
  readonly s3?: S3Options;
  readonly authorization?: boolean;
  readonly config?: MilvusOptions['config'];
}

export interface Stack {
  readonly s3: S3Server;
  /** Its data: bucket `a-bucket`, root path `files`. */
  readonly milvus: MilvusServer;
  /** The second server when two were asked for. Its data: bucket `b-bucket`, root path `files`. */
  readonly second: MilvusServer | undefined;
  /** An empty bucket for backups that must not lie beside the data. */
  readonly backupBucket: 'backup-bucket';
  /** Stops all of it, also when one part fails to stop. */
  stop(): Promise<void>;
}

/** One S3 server with one or two Milvus servers on it; about six seconds. What was started is stopped on failure. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    const results = await Promise.allSettled(
      started
        .splice(0)
        .reverse()
        .map((server) => server.stop()),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  };
  const backupBucket = 'backup-bucket';
  try {
    const buckets = ['a-bucket', 'b-bucket', backupBucket, ...(options.s3?.buckets ?? [])];
    const s3 = await startS3({ ...options.s3, buckets });
    started.push(s3);
    const start = async (bucket: string): Promise<MilvusServer> => {
      const milvus = await startMilvus({
        storage: { s3, bucket },
        authorization: options.authorization ?? false,
        ...(options.config === undefined ? {} : { config: options.config }),
      });
      started.push(milvus);
      return milvus;
    };
    const names = options.milvus === 2 ? ['a-bucket', 'b-bucket'] : ['a-bucket'];
    const results = await Promise.allSettled(names.map(start));
    const servers = results.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
    const [milvus, second] = servers;
    if (milvus === undefined) throw new Error('no Milvus was started');
    return { s3, milvus, second, backupBucket, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
