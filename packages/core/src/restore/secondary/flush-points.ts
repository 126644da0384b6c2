import { BackupError } from '../../errors/index.js';
import type { BackupMeta } from '../../meta/types.js';
import type { LogMessage } from '../../milvus/gateway-replicate.js';
import type { Wire } from '../../milvus/wire.js';

/** Where a channel of the source stood when the backup was flushed, and with which message. */
export interface FlushPoint {
  /** Physical channel of the source. */
  readonly channel: string;
  readonly message: LogMessage;
  /** TSO. */
  readonly tick: bigint;
}

const messageType = 'milvus.proto.common.ImmutableMessage';

/**
 * The FlushAll messages of a backup by physical channel.
 * @throws BackupError `META_UNREADABLE` for one that is none
 */
export function readFlushPoints(
  meta: Pick<BackupMeta, 'name' | 'flush_all_msgs_base64'>,
  codec: Pick<Wire, 'decode'>,
): ReadonlyMap<string, FlushPoint> {
  return new Map(
    Object.entries(meta.flush_all_msgs_base64).map(([channel, base64]) => {
      const message = decode(meta.name, channel, base64, codec);
      const tick = readTick(message.properties._tt ?? '');
      if (tick === 0n || message.id === null) throw broken(meta.name, channel);
      return [channel, { channel, message, tick }];
    }),
  );
}

/** A number in base 36, as properties of messages hold it; 0 for what is none. */
function readTick(text: string): bigint {
  if (!/^[0-9a-z]+$/i.test(text)) return 0n;
  return [...text.toLowerCase()].reduce((sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)), 0n);
}

function decode(backup: string, channel: string, base64: string, codec: Pick<Wire, 'decode'>): LogMessage {
  try {
    return codec.decode(messageType, Buffer.from(base64, 'base64')) as LogMessage;
  } catch (cause) {
    throw broken(backup, channel, cause);
  }
}

function broken(backup: string, channel: string, cause?: unknown): BackupError {
  return new BackupError({
    code: 'META_UNREADABLE',
    message: `backup ${backup} holds no readable flush message of channel ${channel}`,
    remedy: 'take the backup again, with --strategy bulk_flush --backup_index_extra',
    cause,
    details: { backup, channel },
  });
}
