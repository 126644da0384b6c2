import { better, newer, of, type Table, works } from './row.js';

export const restApi: Table = {
  title: 'REST API',
  intro: 'Names are calls with their paths, fields of bodies (`create: name`) and of queries.',
  sections: [
    {
      title: 'Server and routes',
      rows: [
        better(
          'address',
          'plain HTTP on 8080 or the given port, on loopback unless told otherwise; off loopback only with authentication or an explicit word',
        ),
        better('authentication, TLS, limits', 'the Go tool has none; see SECURITY.md'),
        better(
          'start',
          'contacts neither Milvus nor a store, as there; a wrong configuration ends it at once',
        ),
        better('state of runs', 'in the backup store; known after a restart. SIGTERM cancels and cleans up'),
        better('log', 'a line for each request, without body and query'),
        works('greeting at `/` and `/api/v1/hello`'),
        works(
          'Swagger UI',
          'its document is OpenAPI 3.1, theirs is Swagger 2.0; `swaggerBasePath` changes the document alone',
        ),
        works('unknown path or method: 404 as text; HEAD; a slash at the end'),
        works('profiler under `/debug/pprof`', 'answers 404: it shows the inside of a Go program'),
      ],
    },
    {
      title: 'Envelope',
      rows: [
        works('HTTP 200 with `requestId`, `code`, `msg`, `data`; `code` left out on success'),
        works('codes 3 and 400', '1 for what is not supported and 404 for what is not there are sent, too'),
        works('HTTP 400 with `error` for a body that is no such JSON'),
        works('numbers of 64 bits exact, enumerations as numbers, zero values left out'),
        works('leniency: keys in any case, unknown keys, null, content type, what follows the first value'),
        better('request id', 'from header `request_id`, body or made; always echoed', ['header request_id']),
      ],
    },
    {
      title: 'create',
      rows: [
        works('create', undefined, [
          'POST /api/v1/create',
          ...of(
            'create:',
            'requestId',
            'async',
            'collection_names',
            'db_collections',
            'strategy',
            'force',
            'meta_only',
            'gc_pause_enable',
            'gc_pause_address',
            'rbac',
            'backup_root_path',
          ),
        ]),
        better(
          'name',
          'made when it is missing, where the Go tool answers 500',
          of('create:', 'backup_name'),
        ),
        better(
          'filter',
          '`{}` is an error; `compat` has it make an empty backup',
          of('create:', 'filter', 'compat'),
        ),
        works('`gc_pause_seconds`', 'no effect, as there', of('create:', 'gc_pause_seconds')),
        works('`with_index_extra`', 'reads etcd, as there', of('create:', 'with_index_extra')),
        works(
          'format `auto` and `binlog`',
          '`snapshot` needs Milvus ≥ 3.0, planned',
          of('create:', 'format'),
        ),
        works('checks of the name', 'same texts in the same order'),
        better('sync reply', 'with id and data, which the Go tool drops'),
        better('name that is taken', 'refused before anything is accepted; free again after delete'),
        better(
          'Milvus that cannot be reached',
          'the run fails with the reason instead of staying in state 0',
        ),
        better('going on after an interruption', 'ours', of('create:', 'resume', 'keep_going', 'on_missing')),
      ],
    },
    {
      title: 'list, get_backup, delete, check',
      rows: [
        works('list', '`collection_name` is refused, as there; creates no bucket', ['GET /api/v1/list']),
        better(
          'get_backup',
          'reads the store when the run is not of this process; an unknown one is code 404',
          ['GET /api/v1/get_backup', ...of('get_backup:', 'backup_id', 'backup_name', 'path')],
        ),
        works('`bucket_name`, `without_detail`', 'no effect, as there'),
        better('download', 'ours: the whole backup as one tar', of('get_backup:', 'download')),
        better('delete', 'validates the name; backups that are in use are refused', [
          'DELETE /api/v1/delete',
          ...of('delete:', 'backup_name'),
        ]),
        works('check', 'report as text, or HTTP 500 with `error`', ['GET /api/v1/check']),
      ],
    },
    {
      title: 'restore and get_restore',
      rows: [
        works('restore', undefined, [
          'POST /api/v1/restore',
          ...of(
            'restore:',
            'requestId',
            'id',
            'backup_name',
            'async',
            'collection_suffix',
            'collection_renames',
            'metaOnly',
            'restoreIndex',
            'useAutoIndex',
            'dropExistCollection',
            'dropExistIndex',
            'skipCreateCollection',
            'maxShardNum',
            'skipParams',
            'rbac',
          ),
        ]),
        better(
          'selectors',
          'those that choose nothing are code 400; `compat` has them succeed',
          of('restore:', 'collection_names', 'db_collections', 'db_collections_after_rename', 'compat'),
        ),
        better(
          'plan',
          'one without `filter` is code 400; `withProp` has an effect',
          of('restore:', 'restorePlan'),
        ),
        better(
          'other bucket and root path of the backup',
          'no bucket is made',
          of('restore:', 'bucket_name', 'path'),
        ),
        works(
          '`skipImportDiskQuotaCheck`',
          'no effect, as there',
          of('restore:', 'skipImportDiskQuotaCheck'),
        ),
        better(
          '`useV2Restore`',
          'REST jobs also without it from Milvus 2.4 on',
          of('restore:', 'useV2Restore'),
        ),
        works(
          '`truncateBinlogByTs`',
          'what it cannot be done with is refused before anything is changed',
          of('restore:', 'truncateBinlogByTs'),
        ),
        works('`ezkMapping`', '', of('restore:', 'ezkMapping')),
        better(
          'a Milvus older than the backup',
          'refused before anything is changed, unless this is true',
          of('restore:', 'allowOlderMilvus'),
        ),
        works('checks', 'same texts in the same order'),
        works('get_restore', 'known after a restart', [
          'GET /api/v1/get_restore',
          ...of('get_restore:', 'id'),
        ]),
        better(
          'what the Go tool loses',
          'properties, free aliases and loading come back',
          of('restore:', 'skipProperties', 'skipAliases', 'skipLoad'),
        ),
        better('going on after an interruption', 'ours', of('restore:', 'resume', 'keepGoing')),
        newer('restore_secondary', '2.6.11', 'checked as there, then refused with code 1', [
          'POST /api/v1/restore_secondary',
          ...of(
            'restore_secondary:',
            'requestId',
            'backup_name',
            'sourceClusterID',
            'targetClusterID',
            'async',
            'path',
          ),
        ]),
      ],
    },
    {
      title: 'States and the documented sequence',
      rows: [
        works('states 0 to 4, progress 0 to 100', 'no division by zero without collections'),
        works(
          'create, list, get_backup, restore, get_restore as documented',
          '`data` is never null for a run that is starting',
        ),
        works('`end_time` of a run under way: -62135596800'),
      ],
    },
    {
      title: 'Ours',
      rows: [
        better('copy to another store', '', [
          'POST /api/v1/copy',
          'GET /api/v1/get_copy',
          ...of('copy:', 'requestId', 'id', 'backup_name', 'from', 'to', 'as', 'async'),
          ...of('get_copy:', 'id'),
        ]),
        better('cancel a run', '', ['POST /api/v1/cancel', ...of('cancel:', 'id')]),
        better('`/api/v2`', 'real HTTP status codes, resources, jobs, events', [
          'GET /api/v2/backups',
          'POST /api/v2/backups',
          'GET /api/v2/backups/{name}',
          'DELETE /api/v2/backups/{name}',
          'GET /api/v2/backups/{name}/archive',
          'POST /api/v2/backups/{name}/copies',
          'POST /api/v2/backups/{name}/restores',
          'GET /api/v2/jobs',
          'GET /api/v2/jobs/{id}',
          'DELETE /api/v2/jobs/{id}',
          'POST /api/v2/jobs/{id}/cancel',
          'GET /api/v2/jobs/{id}/events',
          'POST /api/v2/check',
          'GET /api/v2/version',
          'GET /api/v2/healthz',
        ]),
      ],
    },
  ],
};
