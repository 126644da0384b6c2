import { describe, expect, it } from 'vitest';
import { parseWideJson } from '../../src/meta/wide-json.js';
import { createBackupCalls } from '../../src/milvus/backup-calls.js';
import type { Session } from '../../src/milvus/session.js';
import { thrownBy } from '../driver/thrown-by.js';
import { connect, success } from './gateway-fixture.js';

const place = { at: { database: 'db2', collection: 'a' }, collectionId: 470635130682481644n, segmentId: 7n };

/** Over a REST client that answers with this `data`; the client itself has tests of its own. */
function describeFrom(json: string) {
  const bodies: unknown[] = [];
  const session: Pick<Session, 'rest'> = {
    rest: {
      endpoint: 'http://here',
      post: async (path, body) => {
        bodies.push([path, body]);
        return parseWideJson(json);
      },
      close: () => {},
    },
  };
  return { bodies, calls: createBackupCalls(async () => session as Session) };
}

describe('describeSegment', () => {
  it('asks for one segment and keeps all digits of its logs', async () => {
    const { bodies, calls } = describeFrom(`{"segmentInfos":[{"segmentID":7,"vChannel":"dml_0_1v0",
      "insertLogs":[{"logIDs":[470635130682281651,12]},{"fieldID":"100","logIDs":["470635130682281652"]}],
      "deltaLogs":[{"fieldID":100,"logIDs":[9]}]}]}`);
    expect(await calls.describeSegment(place)).toEqual({
      vChannel: 'dml_0_1v0',
      insert: [
        { field: 0n, logs: [470635130682281651n, 12n] },
        { field: 100n, logs: [470635130682281652n] },
      ],
      delta: [{ field: 100n, logs: [9n] }],
    });
    expect(bodies).toEqual([
      [
        '/v2/vectordb/segments/describe',
        { dbName: 'db2', collectionId: 470635130682481644n, segmentIds: [7n] },
      ],
    ]);
  });

  it.each(['{"segmentInfos":[{"insertLogs":null}]}', '{"segmentInfos":[{}]}'])(
    '%s has no logs',
    async (json) => {
      expect(await describeFrom(json).calls.describeSegment(place)).toEqual({
        vChannel: '',
        insert: [],
        delta: [],
      });
    },
  );

  it.each([
    'null',
    '{"segmentInfos":[]}',
    '{"segmentInfos":[{},{}]}',
    '{"segmentInfos":[{"insertLogs":{}}]}',
    '{"segmentInfos":[{"insertLogs":[{"logIDs":[1.5]}]}]}',
    '{"segmentInfos":[{"insertLogs":[{"fieldID":"x","logIDs":[1]}]}]}',
  ])('%s is not taken for an answer', async (json) => {
    const error = await thrownBy(() => describeFrom(json).calls.describeSegment(place));
    expect(error).toMatchObject({ code: 'MILVUS_ERROR', details: { segment: '7' } });
  });
});

describe('a flush of everything', () => {
  const message = (tick: string) => ({ id: { id: 'x' }, properties: { _tt: tick } });

  it('reads times in base 36, and asks for just these', async () => {
    const { milvus, gateway } = await connect({
      FlushAll: () => ({
        status: success,
        flush_all_ts: '5',
        flush_all_msgs: { dml_0: message(470635149252362241n.toString(36)), dml_1: message('10') },
        cluster_info: { cluster_id: 'by-dev', cchannel: 'dml_0_vcchan', pchannels: ['dml_0', 'dml_1'] },
      }),
      GetFlushAllState: () => ({ status: success, flushed: true }),
    });
    const ticket = await gateway.flushEverything();
    expect(ticket).toEqual({
      timestamps: { dml_0: 470635149252362241n, dml_1: 36n },
      timestamp: 5n,
      messages: { dml_0: expect.stringMatching(/^[\w+/]+=*$/), dml_1: expect.any(String) },
      controlChannel: 'dml_0_vcchan',
      physicalChannels: ['dml_0', 'dml_1'],
    });
    // The property, with the value `10`.
    expect(Buffer.from(ticket.messages.dml_1 ?? '', 'base64').toString('hex')).toMatch(/5f747412023130$/);
    expect(await gateway.isEverythingFlushed(ticket)).toBe(true);
    expect(milvus.requests.at(-1)?.request).toMatchObject({
      flush_all_tss: { dml_0: '470635149252362241', dml_1: '36' },
    });
    expect(milvus.requests.at(-2)?.request).toMatchObject({ db_name: '', flush_targets: [] });
  });

  it.each(['', 'not base 36!'])('refuses a channel that tells %j for its time', async (tick) => {
    const { gateway } = await connect({
      FlushAll: () => ({ status: success, flush_all_msgs: { dml_0: message(tick) } }),
    });
    const error = await thrownBy(() => gateway.flushEverything());
    expect(error).toMatchObject({ code: 'MILVUS_ERROR', details: { channel: 'dml_0' } });
  });
});

it('asks for the position of a channel by its name', async () => {
  const { milvus, gateway } = await connect({
    ReplicateMessage: () => ({ status: success, position: 'cG9z' }),
  });
  expect(await gateway.replicatePosition('by-dev-replicate-msg')).toBe('cG9z');
  expect(milvus.requests.at(-1)?.request).toMatchObject({ channel_name: 'by-dev-replicate-msg', Msgs: [] });
});
