/** What a version of Milvus can do; every gate of the simulator stands here. */
export interface SimVersion {
  /** MAJOR.MINOR.PATCH */
  readonly number: string;
  /** What Connect and GetVersion tell. */
  readonly tag: string;
  from(least: string): boolean;
  hasRpc(method: string): boolean;
  hasDataType(type: number): boolean;
  /** Deletes of sealed rows go to segments of their own. */
  readonly l0Segments: boolean;
  /** Import reads one level of segment folders, several per job; before, a whole tree in one go. */
  readonly importV2: boolean;
  readonly restImport: boolean;
  readonly segmentDetails: boolean;
  readonly manyL0InOneJob: boolean;
  readonly pauseGc: boolean;
  readonly gcTickets: boolean;
  /** Flush tells the positions of its channels. */
  readonly flushPositions: boolean;
  readonly flushAllMessages: boolean;
  /** Imports with `auto_commit=false` stay hidden until they are committed. */
  readonly twoPhaseImport: boolean;
  readonly nullable: boolean;
  readonly clusteringKey: boolean;
  readonly functions: boolean;
  readonly manyVectors: boolean;
  /** `Status.code`; before, `error_code` alone. */
  readonly statusCodes: boolean;
  /** Of new segments: 0 (a column a file) or 2 (bare Parquet of column groups). */
  readonly storageVersion: 0 | 2;
}

/** First version with the call, and the first without it again. What is not here is there in all versions. */
const rpcGates: Readonly<Record<string, readonly [since: string, until?: string]>> = {
  Connect: ['2.2.9'],
  ListDatabases: ['2.2.9'],
  CreateDatabase: ['2.2.9'],
  DropDatabase: ['2.2.9'],
  DescribeDatabase: ['2.4.3'],
  AlterDatabase: ['2.4.3'],
  Upsert: ['2.3.0'],
  ListAliases: ['2.3.0'],
  BackupRBAC: ['2.4.10'],
  RestoreRBAC: ['2.4.10'],
  AlterIndex: ['2.4.0'],
  AlterCollectionField: ['2.5.0'],
  CreatePrivilegeGroup: ['2.5.0'],
  DropPrivilegeGroup: ['2.5.0'],
  ListPrivilegeGroups: ['2.5.0'],
  OperatePrivilegeGroup: ['2.5.0'],
  OperatePrivilegeV2: ['2.5.0'],
  ReplicateMessage: ['2.5.0', '2.6.0'],
  AddCollectionField: ['2.6.0'],
  CreateReplicateStream: ['2.6.0'],
  GetReplicateInfo: ['2.6.0'],
  UpdateReplicateConfiguration: ['2.6.0'],
  CreateSnapshot: ['3.0.0'],
  DropSnapshot: ['3.0.0'],
  ListSnapshots: ['3.0.0'],
  DescribeSnapshot: ['3.0.0'],
  ExportSnapshot: ['3.0.0'],
  GetExportSnapshotState: ['3.0.0'],
  RestoreSnapshot: ['3.0.0'],
  RestoreExternalSnapshot: ['3.0.0'],
  GetRestoreSnapshotState: ['3.0.0'],
  ListRestoreSnapshotJobs: ['3.0.0'],
};

/** By number of the data type. */
const typeGates: Readonly<Record<number, string>> = {
  22: '2.3.0',
  23: '2.2.9',
  24: '2.6.0',
  25: '3.0.0',
  26: '2.6.0',
  102: '2.4.0',
  103: '2.4.0',
  104: '2.4.0',
  105: '2.5.0',
  106: '2.6.0',
  200: '2.6.0',
};

/** @param text such as `2.4.23`, `v2.3.5-lite` or `3.0.0`; what Connect tells is this text, with a `v` before it */
export function createSimVersion(text: string): SimVersion {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(text) ?? [];
  if (major === undefined) throw new Error(`"${text}" is no version of Milvus: write it like 2.4.23`);
  const number = `${major}.${minor}.${patch}`;
  const from = (least: string): boolean => compare(number, least) >= 0;
  return {
    number,
    tag: text.startsWith('v') ? text : `v${text}`,
    from,
    hasRpc(method) {
      const [since, until] = rpcGates[method] ?? ['0.0.0'];
      return from(since) && (until === undefined || !from(until));
    },
    hasDataType: (type) => from(typeGates[type] ?? '0.0.0'),
    l0Segments: from('2.4.0'),
    importV2: from('2.4.0'),
    restImport: from('2.4.0'),
    segmentDetails: from('2.5.8'),
    manyL0InOneJob: from('2.6.5'),
    pauseGc: from('2.4.0'),
    gcTickets: from('2.6.8'),
    flushPositions: from('2.4.0'),
    flushAllMessages: from('2.6.11'),
    twoPhaseImport: from('3.0.0'),
    nullable: from('2.5.0'),
    clusteringKey: from('2.4.0'),
    functions: from('2.5.0'),
    manyVectors: from('2.4.0'),
    statusCodes: from('2.3.0'),
    storageVersion: from('2.6.0') ? 2 : 0,
  };
}

function compare(one: string, other: string): number {
  const left = one.split('.').map(Number);
  const right = other.split('.').map(Number);
  return left.map((part, index) => part - (right[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
