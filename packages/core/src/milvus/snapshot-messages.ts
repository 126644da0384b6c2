import type { WireKeyValue, WireStatus } from './messages.js';

interface OfSnapshot {
  readonly name: string;
  readonly collection_name: string;
}

interface Answer {
  readonly status: WireStatus | null;
}

interface WireRestoreJob {
  readonly job_id: string;
  readonly snapshot_name: string;
  readonly db_name: string;
  readonly collection_name: string;
  readonly state: number;
  readonly progress: number;
  readonly reason: string;
}

interface DeleteKeys {
  readonly collection_name: string;
  readonly delete_keys: readonly string[];
}

/** The RPCs of snapshots, as `WireCalls`. */
export interface SnapshotWireCalls {
  CreateSnapshot: {
    request: OfSnapshot & { compaction_protection_seconds: number };
    response: WireStatus;
  };
  DescribeSnapshot: { request: OfSnapshot; response: Answer & { create_ts: string } };
  DropSnapshot: { request: OfSnapshot; response: WireStatus };
  ExportSnapshot: {
    request: OfSnapshot & { target_s3_path: string; external_spec: string };
    response: Answer & { job_id: string; snapshot_metadata_uri: string };
  };
  GetExportSnapshotState: {
    request: { job_id: string };
    response: Answer & {
      info: {
        state: number;
        progress: number;
        reason: string;
        total_files: string;
        copied_files: string;
        snapshot_metadata_uri: string;
        total_bytes: string;
      } | null;
    };
  };
  RestoreExternalSnapshot: {
    request: { target_collection_name: string; snapshot_metadata_uri: string; external_spec: string };
    response: Answer & { job_id: string };
  };
  GetRestoreSnapshotState: {
    request: { job_id: string };
    response: Answer & { info: WireRestoreJob | null };
  };
  ListRestoreSnapshotJobs: {
    request: { collection_name: string };
    response: Answer & { jobs: readonly WireRestoreJob[] };
  };
  AlterCollectionField: { request: DeleteKeys & { field_name: string }; response: WireStatus };
  AlterIndex: {
    request: DeleteKeys & { index_name: string; extra_params?: readonly WireKeyValue[] };
    response: WireStatus;
  };
}
