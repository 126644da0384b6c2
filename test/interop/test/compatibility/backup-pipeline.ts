import { better, type Table, works } from './row.js';

export const backupPipeline: Table = {
  title: 'Backup',
  intro: 'What a backup does, step by step.',
  sections: [
    {
      title: 'Connection',
      rows: [
        works('plain gRPC and TLS, one-sided or mutual; user and password; database by header'),
        works('retries of calls that a server cannot take now'),
        works('version from Connect or GetVersion; nightly builds count as the newest of their branch'),
        works('server without databases: `default` alone'),
      ],
    },
    {
      title: 'Choice',
      rows: [
        works('everything; filter; the older selectors'),
        works('a named collection that is missing is an error'),
        better('a named database that is missing', 'an error, too'),
        better('collections dropped or made anew meanwhile', '`--on-missing` says what it means'),
        works('empty databases are recorded'),
        works('external collections left out', 'with a warning; tested on a simulated Milvus'),
      ],
    },
    {
      title: 'Structure',
      rows: [
        works('schema, partitions, indexes, aliases, properties, load state, shards, consistency'),
        works('default values, dynamic field, partition key, autoID'),
        better(
          'partitions and replicas that are loaded',
          'recorded in a file of ours, which the Go tool does not read',
        ),
        works('database properties', 'where the server tells them (Milvus ≥ 2.4.3)'),
        works('encryption keys of databases', 'Milvus ≥ 2.6; tested on a simulated one'),
        works('functions, struct arrays, nullable fields and other newer parts of schemas'),
        better(
          'clustering key, namespace, external fields, parameters of struct arrays',
          'the Go tool loses them; a file of ours has the whole schema then',
        ),
        works(
          'extra facts from etcd',
          'read before data is copied; tested on the etcd of a real Milvus 2.3.5',
        ),
      ],
    },
    {
      title: 'Flush',
      rows: [
        works('serial_flush', 'a call for each collection, right before its data is read'),
        better(
          'auto before Milvus 2.6.11',
          'one call for all collections of a database, where the Go tool makes one for each',
        ),
        works('skip_flush, meta_only'),
        better('bulk_flush', 'the choice from Milvus 2.6.11 on, as there; refused on an older one'),
        works('waiting for flushed segments', 'ends with a cancel'),
      ],
    },
    {
      title: 'Data',
      rows: [
        works('binlogs and delete logs by listing the folders of a segment'),
        better(
          'exact lists of logs from Milvus',
          'from 2.5.8 on; orphans in the folders are not copied; several segments are asked for at once',
        ),
        works('level-0 segments', 'of partitions and of collections'),
        works('segments of storage version 2', 'column groups; tested on a simulated Milvus'),
        works('copy inside a store by the store, else through this program'),
        better('proof of each object', 'size and the strongest checksum that both ends give'),
        better('segments compacted away meanwhile', 'the collection is planned again'),
        better('manifest', 'every object with size and checksum, in a file of ours'),
      ],
    },
    {
      title: 'Garbage collection',
      rows: [
        works('paused for the whole server, renewed, resumed at the end and after a failure'),
        better(
          'paused for each collection by tickets',
          'from Milvus 2.6.8 on; renewed tickets are given back, which the Go tool forgets',
        ),
        works('a server without the call', 'told, and the backup goes on'),
      ],
    },
    {
      title: 'Users and positions',
      rows: [
        works(
          'users, roles, grants, privilege groups',
          'Milvus ≥ 2.4.10 has the calls; a server without them is an error before data is copied',
        ),
        works(
          'position of the replication channel',
          'Milvus 2.5 alone has it; without it the backup goes on',
        ),
      ],
    },
    {
      title: 'Failure',
      rows: [
        better('left-overs', 'the same command goes on; a dead run does not block its name'),
        better('several runs of one name', 'one writes, the others are told who does'),
        better('a failing collection', '`--keep-going` keeps the others as a partial backup'),
        works('progress', 'by bytes, as there'),
        better(
          'snapshot format',
          'its objects are in the manifest, so that `verify` and `copy` work; a snapshot that a killed run left in Milvus is dropped by the next one',
        ),
      ],
    },
  ],
};
