import { better, newer, type Table, works } from './row.js';

export const restorePipeline: Table = {
  title: 'Restore',
  intro: 'What a restore does, step by step.',
  sections: [
    {
      title: 'Choice and names',
      rows: [
        works('source selectors, mapping, target filter in this order'),
        works('rename, suffix, plan; what excludes what'),
        better('a choice of nothing', 'an error; `compat` has it succeed'),
        better('two sources for one target', 'refused before anything is changed'),
        works('databases that are missing are made', '`db1.*:db2.*` makes db2 alone'),
      ],
    },
    {
      title: 'Before Milvus is touched',
      rows: [
        works('all targets are checked first', 'same texts'),
        better('files of the backup', 'each is looked for; one that is missing is named'),
        better('metadata of strangers', 'checked by schema, sizes and paths'),
      ],
    },
    {
      title: 'Structure',
      rows: [
        works('drop, create, partitions, indexes in this order; vector indexes first; old index names'),
        works('autoID keys stay; partition-key partitions keep their names'),
        works('`maxShardNum`, plan overrides of shards and description, `skipParams`'),
        works('`useAutoIndex`, `dropExistIndex`, `skipCreateCollection`, `metaOnly`'),
        better('properties of collections and databases', 'restored; the Go tool loses them'),
        better('aliases', 'restored where they are free'),
        better('load state', 'restored when indexes are'),
        newer('fields after the gap of the dynamic field', '2.6', 'added by a call that 2.3 does not have'),
        newer('switch of the function check', '2.6.8'),
      ],
    },
    {
      title: 'Data',
      rows: [
        better('gRPC import', 'small segments share a call; the queue of Milvus is never empty'),
        newer('REST import jobs', '2.4.0', 'gRPC until then'),
        newer('level-0 segments after the data, many in a job', '2.6.5', 'one by one until then'),
        newer('`end_ts`, `ezk`', '2.5.8'),
        better('waiting for imports', 'as long as they move; a job that failed is told with its reason'),
        better('proof', 'row counts against the backup, deletes included'),
        works('progress', 'by bytes, as there'),
      ],
    },
    {
      title: 'Staged objects',
      rows: [
        works(
          'copied to the bucket of Milvus when the backup lies elsewhere, removed at the end and after a failure',
        ),
        works('`keepTempFiles`'),
      ],
    },
    {
      title: 'Users',
      rows: [works('only what is missing', 'Milvus ≥ 2.4.10 has the calls')],
    },
    {
      title: 'Failure',
      rows: [
        better('interruption', 'the same command goes on; finished collections are left alone'),
        better('one failing collection', '`--keep-going` restores the others'),
        better('reasons of Milvus', 'with what to do'),
        newer('snapshot backups', '3.0', 'refused with a clear text'),
        newer('secondary restore', '2.6.11'),
        works('backups of the Go tool 0.4 and 0.5'),
      ],
    },
  ],
};
