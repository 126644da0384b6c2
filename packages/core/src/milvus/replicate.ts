import type { Open } from './calls.js';
import type { ReplicateCalls, ReplicatedImport } from './gateway-replicate.js';
import { tellsOfUnknownJob, toJobState } from './import-jobs.js';

const describePath = '/v2/vectordb/jobs/import/describe';

/** Names the target; Milvus refuses a stream that is meant for another cluster. */
const clusterHeader = 'cluster-id';

export function createReplicateCalls(open: Open): ReplicateCalls {
  return {
    async replicateCheckpoint({ sourceClusterId, channel }, call) {
      const session = await open(call);
      const request = { source_cluster_id: sourceClusterId, target_pchannel: channel };
      const { checkpoint } = await session.call('GetReplicateInfo', request, { signal: call?.signal });
      return BigInt(checkpoint?.time_tick ?? 0);
    },

    async openReplicateStream({ sourceClusterId, targetClusterId }, events, call) {
      const session = await open(call);
      const stream = session.openStream(
        'CreateReplicateStream',
        {
          answered({ replicate_confirmed_message_info: info }) {
            if (info !== null && info !== undefined) events.confirmed(BigInt(info.confirmed_time_tick));
          },
          ended: (error) => events.ended(error),
        },
        { headers: { [clusterHeader]: targetClusterId } },
      );
      return {
        send: (message) =>
          stream.send({ replicate_message: { source_cluster_id: sourceClusterId, message } }),
        close: () => stream.close(),
      };
    },

    async replicatedImport(at, jobId, call) {
      const session = await open(call);
      try {
        const data = await session.rest.post(
          describePath,
          { dbName: at.database, jobId: String(jobId) },
          { sendAgain: true, ...at, signal: call?.signal },
        );
        return { ...toJobState(data), state: stateOf(data) };
      } catch (error) {
        // The job is made behind the confirmation of its message.
        if (tellsOfUnknownJob(error)) return notYet;
        throw error;
      }
    },
  };
}

const notYet: ReplicatedImport = { status: 'running', percent: 0, rows: null, reason: '', state: '' };

function stateOf(data: unknown): string {
  return typeof data === 'object' && data !== null && 'state' in data ? String(data.state) : '';
}
