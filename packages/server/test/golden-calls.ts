/**
 * The sample requests of the Go tool's server, with the replies that were recorded there; ids and times are written as `ID` and
 * `TIME` (Unix seconds). `fix` names the defect where ours answers otherwise, and `ours` what it answers.
 */
export interface GoldenCall {
  readonly title: string;
  readonly send: readonly [method: string, path: string, body?: string];
  readonly requestId?: string;
  readonly status?: number;
  /** The body of the reply: text as it stands, or JSON with the order of its keys. */
  readonly recorded: string;
  readonly fix?: { readonly row: string; readonly ours: string; readonly status?: number };
}

const superset = 'the request id is echoed by every call';

/** Without any backup. */
export const onEmptyStore: readonly GoldenCall[] = [
  { title: 'greeting', send: ['GET', '/'], recorded: 'Hello, This is backup service' },
  { title: 'hello', send: ['GET', '/api/v1/hello'], recorded: 'Hello, This is backup service' },
  { title: 'no health endpoint', send: ['GET', '/health'], status: 404, recorded: '404 page not found' },
  { title: 'a wrong method', send: ['GET', '/api/v1/create'], status: 404, recorded: '404 page not found' },
  { title: 'options', send: ['OPTIONS', '/api/v1/create'], status: 404, recorded: '404 page not found' },
  { title: 'head', send: ['HEAD', '/api/v1/list'], status: 404, recorded: '' },
  {
    title: 'list of nothing',
    send: ['GET', '/api/v1/list'],
    recorded: '{"data":[]}',
    fix: { row: superset, ours: '{"requestId":"ID","data":[]}' },
  },
  {
    title: 'list with the header',
    send: ['GET', '/api/v1/list'],
    requestId: 'r',
    recorded: '{"requestId":"r","data":[]}',
  },
  {
    title: 'list by collection',
    send: ['GET', '/api/v1/list?collection_name=c'],
    requestId: 'r',
    recorded: '{"requestId":"r","code":400,"msg":"collection_name is deprecated","data":null}',
  },
  {
    title: 'get_backup of nothing',
    send: ['GET', '/api/v1/get_backup'],
    requestId: 'r',
    recorded:
      '{"requestId":"r","code":400,"msg":"server: empty backup name and backup id, please set a backup name or id","data":null}',
  },
  {
    title: 'get_backup of an unknown id',
    send: ['GET', '/api/v1/get_backup?backup_id=nosuch'],
    requestId: 'r',
    recorded:
      '{"requestId":"r","code":3,"msg":"server: get backup by id server: get backup task task not found","data":null}',
    fix: {
      row: 'lookup by id is memory-only: absent is 404',
      ours: '{"requestId":"r","code":404,"msg":"backup …nosuch not found; see the names with `list`…","data":null}',
    },
  },
  {
    title: 'get_backup of an unknown name',
    send: ['GET', '/api/v1/get_backup?backup_name=nosuch'],
    requestId: 'r',
    recorded: '{"requestId":"r","msg":"success","data":{"state_code":0,"progress":0,"size":0,"meta_size":0}}',
    fix: {
      row: 'empty success for unknown names: absent is 404',
      ours: '{"requestId":"r","code":404,"msg":"backup …nosuch not found; see the names with `list`…","data":null}',
    },
  },
  {
    title: 'delete of nothing',
    send: ['DELETE', '/api/v1/delete'],
    recorded: '{"requestId":"ID","code":400,"msg":"backup name is required"}',
  },
  {
    title: 'delete of an unknown name',
    send: ['DELETE', '/api/v1/delete?backup_name=nosuch'],
    recorded:
      '{"requestId":"ID","code":3,"msg":"delete: read backup info: meta: read backup meta …The specified key does not exist."}',
    fix: {
      row: 'texts of the store are no interface',
      ours: '{"requestId":"ID","code":3,"msg":"backup nosuch not found; see the names with `list`"}',
    },
  },
  {
    title: 'delete of a path',
    send: ['DELETE', '/api/v1/delete?backup_name=..'],
    recorded: '{"requestId":"ID","msg":"success"}',
    fix: { row: 'no validation of the name', ours: '{"requestId":"ID","code":400,"msg":"…"}' },
  },
  {
    title: 'get_restore of nothing',
    send: ['GET', '/api/v1/get_restore'],
    requestId: 'r',
    recorded: '{"requestId":"r","code":3,"msg":"empty restore id","data":null}',
  },
  {
    title: 'get_restore of an unknown id',
    send: ['GET', '/api/v1/get_restore?id=nosuch'],
    requestId: 'r',
    recorded: '{"requestId":"r","code":3,"msg":"task not found","data":null}',
  },
  ...(['{bad', '[]', ''] as const).map(
    (body): GoldenCall => ({
      title: `create with the body ${JSON.stringify(body)}`,
      send: ['POST', '/api/v1/create', body],
      status: 400,
      recorded: '{"error":"Invalid request body"}',
    }),
  ),
  {
    title: 'create with text for a boolean',
    send: ['POST', '/api/v1/create', '{"backup_name":"x","async":"true"}'],
    status: 400,
    recorded: '{"error":"Invalid request body"}',
  },
  ...(
    [
      ['my backup', 'backup name should not contain whitespace'],
      ['my\\u00a0backup', 'backup name should not contain whitespace'],
      ['a'.repeat(129), 'backup name length should not exceed 128'],
      ['1a', 'backup name should start with an underscore or letter'],
      ['a-b', 'backup name should only contain numbers, letters and underscores'],
    ] as const
  ).map(
    ([name, msg]): GoldenCall => ({
      title: `create of ${name.slice(0, 12)}`,
      send: ['POST', '/api/v1/create', `{"backup_name":"${name}"}`],
      recorded: `{"requestId":"ID","code":400,"msg":"${msg}","data":null}`,
    }),
  ),
  {
    title: 'create with an unknown strategy',
    send: ['POST', '/api/v1/create', '{"backup_name":"x","strategy":"nope"}'],
    recorded:
      '{"requestId":"ID","code":3,"msg":"server: build option: server: build strategy: backup: invalid strategy nope","data":null}',
  },
  {
    title: 'create with a name of three parts',
    send: ['POST', '/api/v1/create', '{"backup_name":"x","collection_names":["a.b.c"]}'],
    recorded:
      '{"requestId":"ID","code":3,"msg":"server: build option: server: build filter: server: invalid collection name a.b.c","data":null}',
  },
  {
    title: 'create of an unknown collection',
    send: ['POST', '/api/v1/create', '{"backup_name":"x","collection_names":["default.c"]}'],
    recorded:
      '{"requestId":"ID","code":3,"msg":"backup: list db and collection: backup: filter collection default.c not found in milvus","data":null}',
  },
  {
    title: 'restore of no name',
    send: ['POST', '/api/v1/restore', '{}'],
    recorded: '{"code":400,"msg":"backup name is required","data":null}',
    fix: { row: superset, ours: '{"requestId":"ID","code":400,"msg":"backup name is required","data":null}' },
  },
  ...(
    [
      [
        '"restorePlan":{},"collection_suffix":"_x"',
        'restore plan and collection suffix cannot be set at the same time',
      ],
      [
        '"restorePlan":{},"collection_renames":{"a":"b"}',
        'restore plan and collection renames cannot be set at the same time',
      ],
      [
        '"collection_suffix":"-recover"',
        'only alphanumeric characters and underscores are allowed in collection suffix',
      ],
      [
        '"dropExistCollection":true,"skipCreateCollection":true',
        'drop_exist_collection and skip_create_collection cannot be true at the same time',
      ],
      ['"rbac":false', 'backup nosuch not found'],
    ] as const
  ).map(
    ([fields, msg]): GoldenCall => ({
      title: `restore with ${fields}`,
      send: ['POST', '/api/v1/restore', `{"backup_name":"nosuch",${fields}}`],
      recorded: `{"code":400,"msg":"${msg}","data":null}`,
      fix: { row: superset, ours: `{"requestId":"ID","code":400,"msg":"${msg}","data":null}` },
    }),
  ),
  ...(
    [
      ['', 'backup name is required'],
      ['"backup_name":"b"', 'source cluster id is required'],
      ['"backup_name":"b","sourceClusterID":"s"', 'target cluster id is required'],
    ] as const
  ).map(
    ([fields, msg]): GoldenCall => ({
      title: `restore_secondary with {${fields}}`,
      send: ['POST', '/api/v1/restore_secondary', `{${fields}}`],
      recorded: `{"requestId":"ID","code":400,"msg":"${msg}","data":null}`,
    }),
  ),
];

/** In this order, with a collection `parts` of a few rows in Milvus. */
export const oneAfterTheOther: readonly GoldenCall[] = [
  {
    title: 'async create',
    send: ['POST', '/api/v1/create', '{"async":true,"backup_name":"b1","collection_names":["parts"]}'],
    recorded: '{"requestId":"ID","msg":"create backup is executing asynchronously","data":null}',
  },
  {
    title: 'the documented call: id of the list and name',
    send: ['GET', '/api/v1/get_backup?backup_id=ID&backup_name=b1'],
    requestId: 'r',
    recorded:
      '{"requestId":"r","msg":"success","data":{"id":"ID","state_code":2,"start_time":TIME,"end_time":TIME,"progress":100,"name":"b1","collection_backups":[…],"size":N,"milvus_version":"v2.3.5","database_backups":[{"db_name":"default"}],"meta_size":N}}',
  },
  {
    title: 'list',
    send: ['GET', '/api/v1/list'],
    requestId: 'r',
    recorded: '{"requestId":"r","data":[{"id":"ID","name":"b1","size":N,"milvus_version":"v2.3.5"}]}',
  },
  {
    title: 'async create of a taken name',
    send: ['POST', '/api/v1/create', '{"async":true,"backup_name":"b1"}'],
    recorded:
      '{"requestId":"ID","code":3,"msg":"backup: add backup task to manager: b1 (existing task ID)","data":null}',
    fix: {
      row: 'a name on the storage is looked for before accepting',
      ours: '{"requestId":"ID","code":3,"msg":"backup: backup with name b1 already exist","data":null}',
    },
  },
  {
    title: 'sync create of a taken name',
    send: ['POST', '/api/v1/create', '{"backup_name":"b1"}'],
    status: 500,
    recorded: '',
    fix: {
      row: 'sync duplicate panics',
      status: 200,
      ours: '{"requestId":"ID","code":3,"msg":"backup: backup with name b1 already exist","data":null}',
    },
  },
  {
    title: 'sync create',
    send: ['POST', '/api/v1/create', '{"backup_name":"b2"}'],
    requestId: 'r',
    recorded: '{"msg":"success","data":null}',
    fix: {
      row: 'sync create drops id and data',
      ours: '{"requestId":"r","msg":"success","data":{"id":"r","state_code":2,"start_time":TIME,"end_time":TIME,"progress":100,"name":"b2","collection_backups":[…],"size":N,"milvus_version":"v2.3.5","database_backups":[{"db_name":"default"}],"meta_size":N}}',
    },
  },
  ...(
    [
      [
        '"collection_renames":{"a":"db.b"}',
        'server: create restore plan: restore: create coll mapper: restore: create map renamer filter: invalid mapper rule: a -\\u003e db.b',
      ],
      [
        '"collection_names":["a.b.c"]',
        'server: create restore plan: restore: parse namespace a.b.c: namespace format is invalid',
      ],
      [
        '"restorePlan":{"mapping":[{}]}',
        'server: create restore plan: restore: create db mapper: restore: source database name is empty',
      ],
    ] as const
  ).map(
    ([fields, msg]): GoldenCall => ({
      title: `restore with ${fields}`,
      send: ['POST', '/api/v1/restore', `{"backup_name":"b1",${fields}}`],
      recorded: `{"code":3,"msg":"${msg}","data":null}`,
      fix: { row: superset, ours: `{"requestId":"ID","code":3,"msg":"${msg}","data":null}` },
    }),
  ),
  {
    title: 'sync restore onto what exists',
    send: ['POST', '/api/v1/restore', '{"backup_name":"b1"}'],
    recorded:
      '{"code":3,"msg":"restore: execute restore: check collection exist restore: collection already exist, database default collection parts","data":null}',
    fix: {
      row: superset,
      ours: '{"requestId":"ID","code":3,"msg":"restore: execute restore: check collection exist restore: collection already exist, database default collection parts…","data":null}',
    },
  },
  {
    title: 'async restore',
    send: [
      'POST',
      '/api/v1/restore',
      '{"async":true,"requestId":"rq","id":"my_restore_1","collection_names":["parts"],"collection_suffix":"_recover","backup_name":"b1"}',
    ],
    recorded:
      '{"requestId":"rq","msg":"restore backup is executing asynchronously","data":{"id":"my_restore_1","state_code":0,"start_time":TIME,"end_time":-62135596800,"progress":1}}',
  },
  {
    title: 'get_restore of a finished one',
    send: ['GET', '/api/v1/get_restore?id=my_restore_1'],
    requestId: 'r',
    recorded:
      '{"requestId":"r","msg":"success","data":{"id":"my_restore_1","state_code":2,"start_time":TIME,"end_time":TIME,"progress":100,"collection_restore_tasks":[{"state_code":2,"start_time":TIME,"end_time":TIME,"progress":100,"target_db_name":"default","target_collection_name":"parts_recover"}]}}',
  },
  {
    title: 'sync restore',
    send: ['POST', '/api/v1/restore', '{"backup_name":"b1","collection_suffix":"_again"}'],
    recorded:
      '{"requestId":"ID","msg":"success","data":{"id":"restore_ID","state_code":2,"start_time":TIME,"end_time":TIME,"progress":100,"collection_restore_tasks":[{"state_code":2,"start_time":TIME,"end_time":TIME,"progress":100,"target_db_name":"default","target_collection_name":"parts_again"}]}}',
  },
  {
    title: 'sync restore of a selector that fits nothing',
    send: ['POST', '/api/v1/restore', '{"backup_name":"b1","collection_names":["nosuch"]}'],
    recorded:
      '{"requestId":"ID","msg":"success","data":{"id":"restore_ID","state_code":2,"start_time":TIME,"end_time":TIME,"progress":100}}',
    fix: {
      row: 'a selector that chooses nothing says so',
      ours: '{"requestId":"ID","code":400,"msg":"…","data":null}',
    },
  },
  {
    title: 'the same with compat',
    send: ['POST', '/api/v1/restore', '{"backup_name":"b1","collection_names":["nosuch"],"compat":true}'],
    recorded:
      '{"requestId":"ID","msg":"success","data":{"id":"restore_ID","state_code":2,"start_time":TIME,"end_time":TIME,"progress":100}}',
  },
  {
    title: 'delete',
    send: ['DELETE', '/api/v1/delete?backup_name=b1'],
    requestId: 'd1',
    recorded: '{"requestId":"d1","msg":"success"}',
  },
  {
    title: 'create under the name of a deleted backup',
    send: ['POST', '/api/v1/create', '{"async":true,"backup_name":"b1"}'],
    recorded:
      '{"requestId":"ID","code":3,"msg":"backup: add backup task to manager: b1 (existing task ID)","data":null}',
    fix: {
      row: 'a deleted name stays blocked until restart',
      ours: '{"requestId":"ID","msg":"create backup is executing asynchronously","data":null}',
    },
  },
  {
    title: 'create without a name',
    send: ['POST', '/api/v1/create', '{"async":true}'],
    status: 500,
    recorded: '',
    fix: {
      row: 'a missing name panics: it is made from the time',
      status: 200,
      ours: '{"requestId":"ID","msg":"create backup is executing asynchronously","data":null}',
    },
  },
  {
    title: 'leniency: keys in any case, unknown keys, null, bytes behind the value',
    send: ['POST', '/api/v1/create', '{"Backup_Name":"b4","ASYNC":true,"nosuch":1,"rbac":null} and more'],
    recorded: '{"requestId":"ID","msg":"create backup is executing asynchronously","data":null}',
  },
];
