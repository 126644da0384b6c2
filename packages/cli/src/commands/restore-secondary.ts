import { Command, Option } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import { taskDocument } from '../output/json.js';
import { formatRun } from '../output/text.js';
import { BaseCommand } from './base.js';

const whichIds =
  'give it as the replication is configured with it (common.clusterPrefix of that cluster, e.g. by-dev)';

export class RestoreSecondaryCommand extends BaseCommand {
  static override paths = [['restore', 'secondary']];
  static override usage = Command.Usage({
    category: 'Backups',
    description: 'restore a backup into the new secondary of a replication',
    details: `
      For Milvus 2.6.11 and newer. The configured Milvus has to be the secondary of the cluster that the backup was made of, and empty:
      configure the replication on the secondary alone, restore, then configure it on the primary, which goes on from the moment of the
      backup. Names, ids and channels are those of the primary, so that nothing can be renamed or left out.

      The backup has to be made with \`--strategy bulk_flush --backup_index_extra\`. A backup or a target that does not fit is refused
      before anything is sent. The same command goes on where an interrupted one stopped.
    `,
    examples: [
      [
        'Make west the secondary of east',
        '$0 restore secondary -n nightly --source_cluster_id east --target_cluster_id west',
      ],
    ],
  });

  name = Option.String('-n,--name', { description: 'Name of the backup' });
  sourceClusterId = Option.String('--source_cluster_id', '', { description: 'Id of the primary' });
  targetClusterId = Option.String('--target_cluster_id', '', { description: 'Id of the secondary' });
  resume = Option.Boolean('--resume', true, {
    description: 'Go on where the same restore stopped within the last three days',
  });

  protected override async run(): Promise<ExitCode> {
    const { sourceClusterId, targetClusterId, resume } = this;
    if (sourceClusterId === '') throw new FlagError('empty source cluster id', whichIds);
    if (targetClusterId === '') throw new FlagError('empty target cluster id', whichIds);
    const name = this.requireName(this.name);
    const view = await this.runTask((service, options) =>
      service.restoreSecondary({ name, sourceClusterId, targetClusterId, resume }, options),
    );
    this.note(formatRun(view));
    if (this.json) this.printDocument(taskDocument(view));
    return exitCodes.ok;
  }
}
