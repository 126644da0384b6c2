import { better, of, type Table, works } from './row.js';

export const cli: Table = {
  title: 'Command line',
  intro: 'Names are commands with their flags.',
  sections: [
    {
      title: 'Frame',
      rows: [
        works('flags before and after the command word'),
        works(
          '`--name v`, `--name=v`, `-n v`, `-nv`, `-n=v`, booleans with `=`, short booleans together',
          'hyphens and underscores are the same',
        ),
        works('words for yes and no'),
        better('extra words', 'ignored with a warning'),
        works('`-h`, `--help`, `help COMMAND`: stdout, exit code 0'),
        better('version', '`--version`; no banner on each start'),
        better('completion', 'for bash, zsh, fish and PowerShell', ['completion']),
        works('suggestions for a mistyped command', 'and for a mistyped flag'),
        works('configuration of any command', undefined, of('*', '--config', '--set')),
        works('`--set`: key or variable in any case, CSV with quotes, last one wins'),
        better(
          'output',
          'results alone on stdout; log, progress and warnings on stderr; `--json` for each command',
          of('*', '--json', '--quiet'),
        ),
        better('log lines', 'JSON, or for people on a terminal, instead of the bracketed format'),
      ],
    },
    {
      title: 'Exit codes',
      rows: [
        works('0 for success and help; 2 for a configuration that cannot be loaded'),
        better('wrong command, flag or value', '64 instead of 1; told once, no usage text on stdout'),
        better('failures', '1, or 3 (not found), 4 (not whole), 5 (exists, in use), 6 (partial)'),
        better('signals', '130 and 143 after clean-up instead of dying at once'),
        works('`config migrate`: 1 for whatever is wrong'),
      ],
    },
    {
      title: 'create',
      rows: [
        works('create', 'prints `create backup success` and the duration', [
          'create',
          ...of('create', '--name', '--filter', '--strategy', '--rbac'),
        ]),
        works(
          'formats',
          '`auto` is `snapshot` from Milvus 3.0 on, as on main; schemas alone are always `binlog`',
          of('create', '--format'),
        ),
        works(
          'extra facts from etcd',
          'an etcd that cannot be read is an error before data is copied',
          of('create', '--backup_index_extra'),
        ),
        works(
          'deprecated selectors and strategies',
          'with a warning that names the successor',
          of('create', '--colls', '--databases', '--database_collections', '--force', '--meta_only'),
        ),
        works('precedence of selectors and strategies'),
        works('a collection that does not exist is an error before anything is written'),
        better(
          'going on after an interruption',
          'ours',
          of('create', '--resume', '--keep-going', '--on-missing'),
        ),
      ],
    },
    {
      title: 'list, get, delete',
      rows: [
        works('list', undefined, ['list']),
        better('list --all', 'ours: unfinished and foreign folders, too', of('list', '--all')),
        works('`list -c`', 'an error, as there', of('list', '--collection')),
        works('get', 'indent of four, 64-bit numbers exact; `-d` has no effect, as there', [
          'get',
          ...of('get', '--name', '--detail'),
        ]),
        better('delete', 'unlisted first, metadata last; empty folders of a local store go, too', [
          'delete',
          ...of('delete', '--name'),
        ]),
      ],
    },
    {
      title: 'restore',
      rows: [
        works('restore', 'prints the duration; row counts are proven', [
          'restore',
          ...of(
            'restore',
            '--name',
            '--suffix',
            '--rename',
            '--rebuild_index',
            '--meta_only',
            '--use_auto_index',
            '--drop_exist_collection',
            '--drop_exist_index',
            '--skip_create_collection',
            '--rbac',
          ),
        ]),
        better(
          'filter',
          'one that chooses nothing is an error; `--compat` has it succeed',
          of('restore', '--filter', '--compat'),
        ),
        works(
          'deprecated flags',
          'with a warning that names the successor',
          of('restore', '--restore_index', '--collections', '--databases', '--database_collections'),
        ),
        better(
          '`--use_v2_restore`',
          'REST jobs are the choice from Milvus 2.4 on; `--no-use_v2_restore` takes gRPC',
          of('restore', '--use_v2_restore'),
        ),
        better(
          'a Milvus older than the backup',
          'refused before anything is changed; the flag tries it all the same',
          of('restore', '--allow_older_milvus'),
        ),
        works('conflicts of flags', 'same texts'),
        better(
          'what the Go tool loses',
          'properties, free aliases and loading come back; flags leave them out',
          of('restore', '--skip_properties', '--skip_aliases', '--skip_load'),
        ),
        better('proof of every row', 'ours', of('restore', '--prove')),
        better('plan in a file', 'over REST alone there', of('restore', '--restore_plan')),
        better('going on after an interruption', 'ours', of('restore', '--resume', '--keep-going')),
        better('restore secondary', 'goes on after an interruption; what does not fit is refused first', [
          'restore secondary',
          ...of('restore secondary', '--name', '--source_cluster_id', '--target_cluster_id', '--resume'),
        ]),
      ],
    },
    {
      title: 'Others',
      rows: [
        better('check', 'lines of the Go tool after those of a doctor', [
          'check',
          ...of('check', '--create_bucket'),
        ]),
        better('check config', 'prints the table with a warning, as 0.5.16; main prints the warning alone', [
          'check config',
        ]),
        works('config, config show, config migrate', undefined, [
          'config',
          'config show',
          'config migrate',
          ...of('config migrate', '--output', '--force', '--strict'),
        ]),
        better('server', 'on 127.0.0.1 unless `--host` says otherwise; 0 takes a free port', [
          'server',
          ...of('server', '--port', '--host'),
        ]),
        better(
          'migrate to Zilliz Cloud',
          'the same calls, tried on a stand-in of its API; goes on after a failure, `--no-resume` starts over',
          ['migrate', ...of('migrate', '--name', '--cluster_id', '--resume')],
        ),
        better(
          'l0compact',
          'goes on after a failure; keeps every delete, so that a restore to a moment stays exact',
          ['l0compact', ...of('l0compact', '--name', '--output', '--force')],
        ),
        better('verify', 'ours: whether a backup is whole, by levels', [
          'verify',
          ...of(
            'verify',
            '--name',
            '--level',
            '--read-data',
            '--read-data-subset',
            '--decode',
            '--seed',
            '--from',
          ),
        ]),
        better('drill', 'ours: restores into a scratch database, compares, drops', [
          'drill',
          ...of('drill', '--name', '--into', '--keep', '--milvus', '--sample'),
        ]),
        better('cleanup', 'ours: what dead runs have left', [
          'cleanup',
          ...of('cleanup', '--yes', '--older-than', '--storage'),
        ]),
        better('copy', 'ours: a backup to another store', [
          'copy',
          ...of('copy', '--name', '--from', '--to', '--as', '--create_bucket'),
        ]),
      ],
    },
    {
      title: 'Grammars',
      rows: [
        works('filter rules `db.*`, `db.coll`, `coll`, `db.`'),
        better('`db.coll` after `db.*` or `db.`', 'means what it says; the Go tool crashes'),
        works('rename pairs of equal shape; exact before wildcard; last one wins'),
        works('namespaces: `coll` is in `default`, an empty database is `default`'),
        works('flags that main removed', 'go on to work as in 0.5.16'),
      ],
    },
    {
      title: 'Environment',
      rows: [
        works('`SERVER_PORT`, `MILVUSCONF`, `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`'),
        works('credentials of the clouds', 'by the chains of their own SDKs'),
      ],
    },
  ],
};
