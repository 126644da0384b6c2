import protobuf from 'protobufjs/light.js';

const job = {
  job_id: { type: 'int64', id: 1 },
  snapshot_name: { type: 'string', id: 2 },
  db_name: { type: 'string', id: 3 },
  collection_name: { type: 'string', id: 4 },
};

/**
 * Exports of snapshots as jobs, which the definitions of the pinned SDK do not have yet. Names and numbers are those of the
 * descriptor in the package pymilvus 3.0.2 (`milvus_pb2.py`), made from milvus-io/milvus-proto after its pull requests 644 and 656.
 */
export function addSnapshotExports(root: protobuf.Root): void {
  const service = root.lookupService('milvus.proto.milvus.MilvusService');
  if (service.methods.GetExportSnapshotState) return;
  const space = root.lookup('milvus.proto.milvus') as protobuf.Namespace;
  space.addJSON({
    ExportSnapshotState: {
      values: {
        ExportSnapshotNone: 0,
        ExportSnapshotPending: 1,
        ExportSnapshotExecuting: 2,
        ExportSnapshotCompleted: 3,
        ExportSnapshotFailed: 4,
      },
    },
    ExportSnapshotInfo: {
      fields: {
        ...job,
        state: { type: 'ExportSnapshotState', id: 5 },
        progress: { type: 'int32', id: 6 },
        reason: { type: 'string', id: 7 },
        start_time: { type: 'uint64', id: 8 },
        time_cost: { type: 'uint64', id: 9 },
        total_files: { type: 'int64', id: 10 },
        copied_files: { type: 'int64', id: 11 },
        snapshot_metadata_uri: { type: 'string', id: 12 },
        total_bytes: { type: 'int64', id: 13 },
      },
    },
    GetExportSnapshotStateRequest: { fields: { job_id: { type: 'int64', id: 2 } } },
    GetExportSnapshotStateResponse: {
      fields: { status: { type: 'common.Status', id: 1 }, info: { type: 'ExportSnapshotInfo', id: 2 } },
    },
  });
  const answer = root.lookupType('milvus.proto.milvus.ExportSnapshotResponse');
  if (!answer.fields.job_id) answer.add(new protobuf.Field('job_id', 3, 'int64'));
  service.add(
    new protobuf.Method(
      'GetExportSnapshotState',
      'rpc',
      'GetExportSnapshotStateRequest',
      'GetExportSnapshotStateResponse',
    ),
  );
}
