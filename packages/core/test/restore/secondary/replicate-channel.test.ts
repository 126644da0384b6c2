import { expect, it, onTestFinished, vi } from 'vitest';
import { BackupError } from '../../../src/errors/index.js';
import { silentLogger } from '../../../src/log.js';
import type { LogMessage, ReplicateCalls, ReplicateEvents } from '../../../src/milvus/gateway-replicate.js';
import { physicalChannelOf, targetChannelOf } from '../../../src/restore/secondary/channels.js';
import { ReplicateChannel } from '../../../src/restore/secondary/replicate-channel.js';

type Calls = Pick<ReplicateCalls, 'openReplicateStream' | 'replicateCheckpoint'>;

const clusters = { sourceClusterId: 'east', targetClusterId: 'west' };
const channel = 'east-rootcoord-dml_0';
const messageOf = (tick: bigint): { tick: bigint; message: LogMessage } => ({
  tick,
  message: { id: null, payload: Buffer.alloc(0), properties: { _tt: String(tick) } },
});
const tickOf = (message: LogMessage): bigint => BigInt(message.properties._tt ?? 0);

const brokenOff = (code: BackupError['code'] = 'MILVUS_UNREACHABLE'): BackupError =>
  new BackupError({ code, message: 'the stream broke' });

/** What a target does with the messages of each stream, one after another; each stream has a behaviour of its own. */
function makeTarget(streams: readonly ((tick: bigint, events: ReplicateEvents) => void)[]): {
  calls: Calls;
  sent: bigint[][];
  asked: string[];
  written: { tick: bigint };
} {
  const sent: bigint[][] = [];
  const asked: string[] = [];
  const written = { tick: 0n };
  const calls: Calls = {
    async replicateCheckpoint({ channel: target }) {
      asked.push(target);
      return written.tick;
    },
    async openReplicateStream(_clusters, events) {
      const own: bigint[] = [];
      const behaviour = streams[sent.push(own) - 1] ?? (() => undefined);
      return {
        send(message) {
          own.push(tickOf(message));
          queueMicrotask(() => behaviour(tickOf(message), events));
        },
        close: () => undefined,
      };
    },
  };
  return { calls, sent, asked, written };
}

const open = (milvus: Calls, applied = 0n, signal = new AbortController().signal): ReplicateChannel =>
  new ReplicateChannel({ milvus, clusters, channel, applied, logger: silentLogger, signal });

it('sends in order and ends when all is confirmed', async () => {
  const target = makeTarget([(tick, events) => events.confirmed(tick)]);
  const own = open(target.calls);
  await own.deliver([1n, 2n, 3n].map(messageOf));
  await own.deliver([4n].map(messageOf));
  expect(target.sent).toEqual([[1n, 2n, 3n, 4n]]);
  expect(target.asked).toEqual([]);
});

it('sends again on a new stream what the target does not have, and nothing that it has', async () => {
  const target = makeTarget([
    (tick, events) => {
      if (tick === 1n) events.confirmed(tick);
      // Written, and the confirmation is lost.
      if (tick === 2n) {
        target.written.tick = 2n;
        events.ended(brokenOff());
      }
    },
    (tick, events) => events.confirmed(tick),
  ]);
  await open(target.calls).deliver([1n, 2n, 3n].map(messageOf));
  expect(target.sent).toEqual([[1n, 2n, 3n], [3n]]);
  expect(target.asked).toEqual(['west-rootcoord-dml_0']);
});

it('leaves out what an earlier try has brought', async () => {
  const target = makeTarget([(tick, events) => events.confirmed(tick)]);
  await open(target.calls, 2n).deliver([1n, 2n, 3n].map(messageOf));
  expect(target.sent).toEqual([[3n]]);
  const other = makeTarget([]);
  await open(other.calls, 9n).deliver([1n].map(messageOf));
  expect(other.sent).toEqual([]);
});

it('keeps a bounded number under way', async () => {
  let held: (() => void) | undefined;
  const target = makeTarget([
    (tick, events) => {
      if (held === undefined && tick === 1n) held = () => events.confirmed(128n);
      if (tick > 128n) events.confirmed(tick);
    },
  ]);
  const delivered = open(target.calls).deliver(
    Array.from({ length: 200 }, (_, at) => messageOf(BigInt(at + 1))),
  );
  await expect.poll(() => target.sent[0]?.length).toBe(128);
  held?.();
  await delivered;
  expect(target.sent[0]).toHaveLength(200);
});

it('asks a target that says nothing, which passes over what it has', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const target = makeTarget([() => undefined]);
  const delivered = open(target.calls).deliver([1n, 2n].map(messageOf));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(target.asked).toHaveLength(1);
  target.written.tick = 2n;
  await vi.advanceTimersByTimeAsync(10_000);
  await delivered;
  expect(target.sent).toEqual([[1n, 2n]]);
});

it('opens another stream when one has ended while nothing was under way', async () => {
  const ends: (() => void)[] = [];
  const answer = (tick: bigint, events: ReplicateEvents): void => {
    ends.push(() => events.ended(brokenOff()));
    events.confirmed(tick);
  };
  const target = makeTarget([answer, answer]);
  const own = open(target.calls);
  await own.deliver([messageOf(1n)]);
  ends[0]?.();
  await own.deliver([messageOf(2n)]);
  expect(target.sent).toEqual([[1n], [2n]]);
  expect(target.asked).toEqual([]);
});

it('ends at once for a refusal that lasts, and tells what to do', async () => {
  const target = makeTarget([(_tick, events) => events.ended(brokenOff('MILVUS_AUTH'))]);
  await expect(open(target.calls).deliver([messageOf(1n)])).rejects.toMatchObject({
    code: 'MILVUS_AUTH',
    remedy: expect.stringContaining('UpdateReplicateConfiguration'),
  });
  expect(target.sent).toHaveLength(1);
});

it('is cancelled while it waits', async () => {
  const stop = new AbortController();
  const target = makeTarget([() => stop.abort(new Error('stopped'))]);
  await expect(open(target.calls, 0n, stop.signal).deliver([messageOf(1n)])).rejects.toMatchObject({
    code: 'CANCELLED',
  });
});

it('knows the channels of the other cluster, and the physical one of each', () => {
  expect(targetChannelOf(channel, 'east', 'west')).toBe('west-rootcoord-dml_0');
  expect(targetChannelOf('by-dev-rootcoord-dml_0', 'east', 'west')).toBe('by-dev-rootcoord-dml_0');
  const all = new Set([channel]);
  expect(physicalChannelOf(`${channel}_vcchan`, all)).toBe(channel);
  expect(physicalChannelOf(`${channel}_4711v0`, all)).toBe(channel);
  expect(physicalChannelOf(channel, all)).toBe(channel);
});
