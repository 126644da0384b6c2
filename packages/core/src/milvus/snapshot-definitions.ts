import protobuf from 'protobufjs/light.js';

/**
 * Adds exports of snapshots as jobs (Milvus 3.0) where the definitions of the pinned SDK, 3.0.6, do not have them yet. Names and
 * numbers are those of the descriptor in the package pymilvus 3.0.2 (`milvus_pb2.py`): milvus-io/milvus-proto, pull requests 644 and
 * 656 of it for the branch 3.0.
 */
export function addSnapshotDefinitions(root: protobuf.Root): void {
  const space = root.lookup('milvus.proto.milvus');
  const service = root.lookupService('milvus.proto.milvus.MilvusService');
  if (!(space instanceof protobuf.Namespace) || service.methods.GetExportSnapshotState) return;
  const answer = root.lookupType('milvus.proto.milvus.ExportSnapshotResponse');
  if (!answer.fields.job_id) answer.add(new protobuf.Field('job_id', 3, 'int64'));
  space.addJSON({
    GetExportSnapshotStateRequest: { fields: { job_id: { type: 'int64', id: 2 } } },
    GetExportSnapshotStateResponse: {
      fields: {
        status: { type: 'common.Status', id: 1 },
        info: { type: 'ExportSnapshotInfo', id: 2 },
      },
    },
    ExportSnapshotInfo: {
      fields: {
        job_id: { type: 'int64', id: 1 },
        // 0 none, 1 pending, 2 executing, 3 completed, 4 failed
        state: { type: 'int32', id: 5 },
        progress: { type: 'int32', id: 6 },
        reason: { type: 'string', id: 7 },
        total_files: { type: 'int64', id: 10 },
        copied_files: { type: 'int64', id: 11 },
        snapshot_metadata_uri: { type: 'string', id: 12 },
        total_bytes: { type: 'int64', id: 13 },
      },
    },
  });
  const types = ['GetExportSnapshotStateRequest', 'GetExportSnapshotStateResponse'] as const;
  service.add(new protobuf.Method('GetExportSnapshotState', 'rpc', ...types));
}
