import { better, type Table, works } from './row.js';

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
        better('version of Milvus', 'one of an older line than the backup’s is refused; `compat` warns'),
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
        works(
          'fields after the gap of the dynamic field',
          'added afterwards (Milvus ≥ 2.6); behind fields of structs, too',
        ),
        works('switch of the function check', 'Milvus ≥ 2.6.8'),
      ],
    },
    {
      title: 'Data',
      rows: [
        better('gRPC import', 'small segments share a call; the queue of Milvus is never empty'),
        better('REST import jobs', 'the choice from Milvus 2.4 on; the Go tool has to be told'),
        works('level-0 segments after the data', 'many in a job from Milvus 2.6.5 on, one by one until then'),
        works('`end_ts`, `ezk`, `storage_version`'),
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
        better(
          'snapshot backups',
          'an interrupted restore goes on with its job; the bundle is held against the manifest first',
        ),
        better(
          'secondary restore',
          'Milvus ≥ 2.6.11; against a simulated one alone so far; broken streams and interrupted restores go on, and what does not fit is refused before anything is sent',
        ),
        works('backups of the Go tool 0.4 and 0.5'),
      ],
    },
  ],
};
