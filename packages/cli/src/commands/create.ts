import type { BackupFormat, BackupStrategy, OnMissing } from '@milvus-backup/core';
import { Command, Option } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import { taskDocument } from '../output/json.js';
import { formatRun, formatSeconds } from '../output/text.js';
import { readBackupSelection } from '../selection.js';
import { BaseCommand } from './base.js';

const onMissingModes = ['fail', 'skip', 'retry'] as const;
const formats = ['auto', 'binlog', 'snapshot'] as const;
const strategies = ['meta_only', 'skip_flush', 'bulk_flush', 'serial_flush'] as const;

export class CreateCommand extends BaseCommand {
  static override paths = [['create']];
  static override usage = Command.Usage({
    category: 'Backups',
    description: 'back up collections of a running Milvus',
    details: `
      Waits until the backup is whole. Milvus stays in use meanwhile. A backup is listed once it is complete, never
      before. After a failure or Ctrl-C run the same command again with the same name: it copies only what is missing.

      \`--filter\` takes rules separated by commas: \`db.*\` all of a database, \`db.coll\` one collection, \`coll\` one of
      the database default, \`db.\` the database without its collections.

      From Milvus 3.0 on the format is \`snapshot\`: Milvus itself writes the data into the backup's store, which it has to
      reach (\`milvusAddress\` in the configuration). \`--format binlog\` copies the data through this program's own store
      access, as on older versions.
    `,
    examples: [
      ['Back up everything under a generated name', '$0 create'],
      ['Back up one database and one more collection', '$0 create -n nightly --filter db1.*,books'],
      ['Copy binlogs on Milvus 3.0, too', '$0 create -n plain --format binlog'],
      ['Back up the schemas alone', '$0 create -n schemas --strategy meta_only'],
      ['Back up with users and roles, for a script', '$0 create -n full --rbac --json --quiet'],
    ],
  });

  name = Option.String('-n,--name', '', {
    description: 'Name of the backup; made from the time when absent',
  });
  filter = Option.String('--filter', '', { description: 'What to back up; everything when absent' });
  strategy = Option.String('--strategy', '', {
    description: `How rows still in memory are treated: ${strategies.join(', ')}`,
  });
  format = Option.String('--format', '', {
    description: `Format of the backup: ${formats.join(', ')}; auto is snapshot from Milvus 3.0 on`,
  });
  rbac = Option.Boolean('--rbac', false, { description: 'Include users, roles and grants' });
  indexExtra = Option.Boolean('--backup_index_extra', false, {
    description: "Add what only Milvus's etcd tells of indexes and dynamic fields (milvus.etcd)",
  });
  collections = Option.String('-c,--colls', '', { description: 'Deprecated: use --filter' });
  databases = Option.String('-d,--databases', '', { description: 'Deprecated: use --filter' });
  databaseCollections = Option.String('-a,--database_collections', '', {
    description: 'Deprecated: use --filter',
  });
  resume = Option.Boolean('--resume', true, {
    description: 'Go on where an earlier run of that name stopped; --no-resume starts over',
  });
  keepGoing = Option.Boolean('--keep-going', false, {
    description: 'Leave out collections that fail; the backup is partial then',
  });
  onMissing = Option.String('--on-missing', 'retry', {
    description: `When a collection is dropped or made anew meanwhile: ${onMissingModes.join(', ')}`,
  });
  force = Option.Boolean('-f,--force', false, { description: 'Deprecated: use --strategy skip_flush' });
  metaOnly = Option.Boolean('--meta_only', false, { description: 'Deprecated: use --strategy meta_only' });

  protected override async run(): Promise<ExitCode> {
    const { host } = this.context;
    const strategy = this.readStrategy();
    const onMissing = this.readOnMissing();
    const format = this.readFormat();
    this.warnDeprecated('--colls', this.collections, 'use --filter instead');
    this.warnDeprecated('--databases', this.databases, 'use --filter instead');
    this.warnDeprecated('--database_collections', this.databaseCollections, 'use --filter instead');
    this.warnDeprecated('--force', this.force, 'use --strategy=skip_flush instead');
    this.warnDeprecated('--meta_only', this.metaOnly, 'use --strategy=meta_only instead');
    const filter = await readBackupSelection(this);

    const started = host.now();
    const view = await this.runTask((service, options) =>
      service.create(
        {
          name: this.name,
          filter,
          strategy,
          format,
          rbac: this.rbac,
          indexExtra: this.indexExtra,
          resume: this.resume,
          keepGoing: this.keepGoing,
          onMissing,
        },
        options,
      ),
    );
    if (this.json) {
      this.printDocument(taskDocument(view));
    } else {
      this.note(formatRun(view));
      const outcome = view.state === 'partial' ? 'partial' : 'success';
      this.print(`create backup ${outcome}\nduration:${formatSeconds(host.now() - started)}\n`);
    }
    return view.state === 'partial' ? exitCodes.partial : exitCodes.ok;
  }

  private readOnMissing(): OnMissing {
    const found = onMissingModes.find((mode) => mode === this.onMissing);
    if (found) return found;
    throw new FlagError(`invalid --on-missing ${this.onMissing}`, `use one of ${onMissingModes.join(', ')}`);
  }

  private readStrategy(): BackupStrategy {
    if (this.strategy === 'snapshot') {
      throw new FlagError('snapshot is a format, not a strategy', 'use --format snapshot instead');
    }
    if (this.strategy === '') {
      if (this.force) return 'skip_flush';
      return this.metaOnly ? 'meta_only' : 'auto';
    }
    const found = (['auto', ...strategies] as const).find((strategy) => strategy === this.strategy);
    if (found) return found;
    throw new FlagError(
      `invalid strategy ${this.strategy}, only support ${strategies.join(',')}`,
      'leave --strategy out to let the version of Milvus decide',
    );
  }

  private readFormat(): BackupFormat {
    if (this.format === '') return 'auto';
    const found = formats.find((format) => format === this.format);
    if (found) return found;
    throw new FlagError(`invalid format ${this.format}`, `use one of ${formats.join(', ')}`);
  }
}
