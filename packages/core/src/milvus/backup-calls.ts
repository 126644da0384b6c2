import { BackupError } from '../errors/index.js';
import { readWideInteger } from '../meta/wide-json.js';
import type { Open } from './calls.js';
import type { BackupCalls, FieldLogs, SegmentLogs } from './gateway-backup.js';

const messageType = 'milvus.proto.common.ImmutableMessage';
const segmentsPath = '/v2/vectordb/segments/describe';

/** The property of a streaming message that holds its hybrid timestamp, in base 36. */
const timeTick = '_tt';

export function createBackupCalls(open: Open): BackupCalls {
  return {
    async flushEverything(call) {
      const session = await open(call);
      const answer = await session.call('FlushAll', {}, { signal: call?.signal });
      const messages = Object.entries(answer.flush_all_msgs);
      return {
        messages: Object.fromEntries(
          messages.map(([channel, message]) => [
            channel,
            session.encode(messageType, message).toString('base64'),
          ]),
        ),
        timestamps: Object.fromEntries(
          messages.map(([channel, { properties }]) => [channel, timestampOf(channel, properties[timeTick])]),
        ),
        timestamp: BigInt(answer.flush_all_ts),
        controlChannel: answer.cluster_info?.cchannel ?? '',
        physicalChannels: answer.cluster_info?.pchannels ?? [],
      };
    },

    async isEverythingFlushed({ timestamps, timestamp }, call) {
      const session = await open(call);
      const told = Object.entries(timestamps).map(([channel, tso]) => [channel, String(tso)] as const);
      const request =
        told.length > 0 ? { flush_all_tss: Object.fromEntries(told) } : { flush_all_ts: String(timestamp) };
      return (await session.call('GetFlushAllState', request, { signal: call?.signal })).flushed;
    },

    async describeSegment({ at, collectionId, segmentId }, call) {
      const session = await open(call);
      const data = await session.rest.post(
        segmentsPath,
        { dbName: at.database, collectionId, segmentIds: [segmentId] },
        { sendAgain: true, database: at.database, collection: at.collection, signal: call?.signal },
      );
      const logs = readSegment(data);
      if (logs !== null) return logs;
      throw new BackupError({
        code: 'MILVUS_ERROR',
        message: `Milvus described segment ${segmentId} of ${at.database}.${at.collection} in a form that is not known here`,
        details: { path: segmentsPath, segment: String(segmentId) },
      });
    },

    async replicatePosition(channel, call) {
      const session = await open(call);
      const request = { channel_name: channel };
      return (await session.call('ReplicateMessage', request, { signal: call?.signal })).position;
    },
  };
}

function timestampOf(channel: string, text: string | undefined): bigint {
  if (text === undefined || !/^[0-9a-z]+$/i.test(text)) {
    throw new BackupError({
      code: 'MILVUS_ERROR',
      message: `Milvus flushed channel ${channel} without telling until when`,
      remedy: 'run again with --strategy serial_flush',
      details: { channel },
    });
  }
  return [...text.toLowerCase()].reduce((sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)), 0n);
}

/** @returns `null` for what is no answer about exactly one segment */
function readSegment(data: unknown): SegmentLogs | null {
  const infos = membersOf(data)?.segmentInfos;
  if (!Array.isArray(infos) || infos.length !== 1) return null;
  const info = membersOf(infos[0]);
  if (info === null) return null;
  const insert = readFields(info.insertLogs);
  const delta = readFields(info.deltaLogs);
  if (insert === null || delta === null) return null;
  return { vChannel: String(info.vChannel ?? ''), insert, delta };
}

function readFields(list: unknown): FieldLogs[] | null {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) return null;
  const fields: FieldLogs[] = [];
  for (const entry of list) {
    const { fieldID = 0, logIDs = [] } = membersOf(entry) ?? {};
    const field = readId(fieldID);
    const logs = Array.isArray(logIDs) ? logIDs.map(readId) : [null];
    if (field === null || logs.includes(null)) return null;
    fields.push({ field, logs: logs.filter((id) => id !== null) });
  }
  return fields;
}

/** Numbers are safe integers here, wide ones are marked, and servers that are asked to answer ids as text do so. */
function readId(value: unknown): bigint | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : null;
  const wide = readWideInteger(value);
  if (wide !== null) return wide;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : null;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}
