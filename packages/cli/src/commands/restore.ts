import { Command, Option } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import { taskDocument } from '../output/json.js';
import { formatRun, formatSeconds } from '../output/text.js';
import { readRestorePlan } from '../restore-plan-file.js';
import { readRestoreSelection, refuseTwoSelectors } from '../selection.js';
import { BaseCommand } from './base.js';

const useFilter = 'use --filter instead (by target names)';

export class RestoreCommand extends BaseCommand {
  static override paths = [['restore']];
  static override usage = Command.Usage({
    category: 'Backups',
    description: 'restore a backup into Milvus',
    details: `
      Waits until all rows are back, then compares the row counts with the backup. An existing target is refused
      unless \`--suffix\`, \`--rename\`, \`--drop_exist_collection\` or \`--skip_create_collection\` says what to do.

      \`--rename\` takes \`old:new\` pairs separated by commas: \`coll1:coll2\` in the database default,
      \`db1.coll1:db2.coll2\`, or \`db1.*:db2.*\` for a whole database. \`--filter\` selects by the names after renaming,
      in the grammar of \`create\`; when it chooses nothing, that is an error. \`--restore_plan\` reads renaming and filter
      from a JSON or YAML file, shaped as \`restorePlan\` of the REST API.

      Properties (time to live, mmap), aliases that are free, and what was loaded at the time of the backup come back,
      too; what of it cannot is a warning. \`--compat\` leaves all of that out, as the Go tool does.
    `,
    examples: [
      ['Restore beside the originals, with indexes', '$0 restore -n nightly -s _restored --rebuild_index'],
      ['Restore one collection under another name', '$0 restore -n nightly -r books:books2 --filter books2'],
      ['Replace what is there', '$0 restore -n nightly --drop_exist_collection --rebuild_index'],
      ['Restore the rows and leave the rest to others', '$0 restore -n nightly --skip_aliases --skip_load'],
      ['Move a database', '$0 restore -n nightly --rename db1.*:db2.*'],
    ],
  });

  name = Option.String('-n,--name', { description: 'Name of the backup' });
  filter = Option.String('--filter', '', { description: 'What to restore, by target names' });
  suffix = Option.String('-s,--suffix', '', { description: 'Appended to every collection name' });
  rename = Option.String('-r,--rename', '', { description: 'New names, `old:new`' });
  restorePlan = Option.String('--restore_plan', '', {
    description: 'File with new names, shards and filter, in JSON or YAML',
  });
  rebuildIndex = Option.Boolean('--rebuild_index', false, { description: 'Build the indexes again' });
  restoreIndex = Option.Boolean('--restore_index', false, { description: 'Deprecated: use --rebuild_index' });
  metaOnly = Option.Boolean('--meta_only', false, { description: 'Make the collections, without data' });
  useAutoIndex = Option.Boolean('--use_auto_index', false, {
    description: 'With --rebuild_index: vector indexes become AUTOINDEX',
  });
  dropExistCollection = Option.Boolean('--drop_exist_collection', false, {
    description: 'Drop a target that exists',
  });
  dropExistIndex = Option.Boolean('--drop_exist_index', false, { description: 'Drop indexes of the target' });
  skipCreateCollection = Option.Boolean('--skip_create_collection', false, {
    description: 'Fill a target that exists',
  });
  skipProperties = Option.Boolean('--skip_properties', false, {
    description: 'No properties of collections and databases',
  });
  skipAliases = Option.Boolean('--skip_aliases', false, { description: 'No aliases' });
  skipLoad = Option.Boolean('--skip_load', false, { description: 'Load nothing that was loaded' });
  compat = Option.Boolean('--compat', false, {
    description: 'As the Go tool: no properties, aliases, loading; choosing nothing is a success',
  });
  resume = Option.Boolean('--resume', true, {
    description: 'Go on where the same restore stopped within the last three days; --no-resume starts over',
  });
  keepGoing = Option.Boolean('--keep-going', false, {
    description: 'A collection that fails does not end the restore; it is partial then',
  });
  rbac = Option.Boolean('--rbac', false, { description: 'Restore users, roles and grants' });
  prove = Option.String('--prove', 'counts', {
    description: '`full`: compare every row with the backup afterwards; `counts` when absent',
  });
  useV2Restore = Option.Boolean('--use_v2_restore', {
    description: 'Import by REST jobs; --no-use_v2_restore by gRPC; absent: REST from Milvus 2.4 on',
  });
  allowOlderMilvus = Option.Boolean('--allow_older_milvus', false, {
    description: 'Try it on a Milvus that is older than the one of the backup',
  });
  collections = Option.String('-c,--collections', '', { description: 'Deprecated: use --filter' });
  databases = Option.String('-d,--databases', '', { description: 'Deprecated: use --filter' });
  databaseCollections = Option.String('-a,--database_collections', '', {
    description: 'Deprecated: use --filter',
  });

  protected override async run(): Promise<ExitCode> {
    const { host } = this.context;
    const name = this.requireName(this.name);
    this.checkConflicts();
    this.warnDeprecated('--restore_index', this.restoreIndex, 'use --rebuild_index instead');
    this.warnDeprecated('--collections', this.collections, useFilter);
    this.warnDeprecated('--databases', this.databases, useFilter);
    this.warnDeprecated('--database_collections', this.databaseCollections, useFilter);
    const { sourceFilter, targetFilter, rename } = await readRestoreSelection(this);
    const planned = this.restorePlan === '' ? {} : await readRestorePlan(host.cwd, this.restorePlan);

    const started = host.now();
    const view = await this.runTask((service, options) =>
      service.restore(
        {
          name,
          sourceFilter,
          targetFilter,
          rename,
          suffix: this.suffix,
          ...planned,
          rebuildIndex: this.rebuildIndex || this.restoreIndex,
          metaOnly: this.metaOnly,
          useAutoIndex: this.useAutoIndex,
          dropExistCollection: this.dropExistCollection,
          dropExistIndex: this.dropExistIndex,
          skipCreateCollection: this.skipCreateCollection,
          skipProperties: this.skipProperties,
          skipAliases: this.skipAliases,
          skipLoad: this.skipLoad,
          compat: this.compat,
          rbac: this.rbac,
          ...(this.useV2Restore === undefined ? {} : { useV2Restore: this.useV2Restore }),
          ...(this.allowOlderMilvus ? { allowOlderMilvus: true } : {}),
          ...(this.prove === 'full' ? { prove: 'full' as const } : {}),
          resume: this.resume,
          keepGoing: this.keepGoing,
        },
        options,
      ),
    );
    this.note(formatRun(view));
    if (this.json) this.printDocument(taskDocument(view));
    else this.print(`duration:${formatSeconds(host.now() - started)}\n`);
    return view.state === 'partial' ? exitCodes.partial : exitCodes.ok;
  }

  private checkConflicts(): void {
    if (this.prove !== 'counts' && this.prove !== 'full') {
      throw new FlagError(`--prove ${this.prove} is unknown`, 'use counts or full');
    }
    refuseTwoSelectors(this);
    if (this.suffix !== '' && this.rename !== '') {
      throw new FlagError(
        'suffix and rename flag cannot be set at the same time',
        'write the new names in full in --rename',
      );
    }
    const other = [
      { name: 'suffix', value: this.suffix },
      { name: 'rename', value: this.rename },
      { name: 'filter', value: this.filter },
    ].find(({ value }) => value !== '');
    if (this.restorePlan !== '' && other) {
      throw new FlagError(
        `restore_plan and ${other.name} cannot be set at the same time`,
        'say all of it in the plan',
      );
    }
    if (this.dropExistCollection && this.skipCreateCollection) {
      throw new FlagError(
        'drop_exist_collection and skip_create_collection cannot be true at the same time',
        'leave one of them out',
      );
    }
  }
}
