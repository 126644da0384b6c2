import { Command, Option } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import { taskDocument } from '../output/json.js';
import { formatCopy } from '../output/text.js';
import { BaseCommand } from './base.js';

export class MigrateCommand extends BaseCommand {
  static override paths = [['migrate']];
  static override usage = Command.Usage({
    category: 'Backups',
    description: 'send a backup to a cluster of Zilliz Cloud',
    details: `
      Sends a backup to a volume that Zilliz Cloud lends for it, looks whether all of it is there, and has the cloud import it into a
      cluster on AWS or Google Cloud. It ends when the import has begun; the console of Zilliz Cloud shows how that goes on. After a
      failure or Ctrl-C run the same command again, it goes on where it stopped.

      The API key comes from \`zillizCloud.apiKey\` (\`cloud.apikey\` in files of the old form), best from the variable
      ZILLIZ_CLOUD_API_KEY. A network that may reach only some hosts has to let through the API and the object store of the cluster's
      region.
    `,
    examples: [
      ['Send a backup to a cluster', '$0 migrate -n nightly -c in01-0123456789abcde'],
      [
        'Begin anew where an earlier run was cut short',
        '$0 migrate -n nightly -c in01-0123456789abcde --no-resume',
      ],
    ],
  });

  name = Option.String('-n,--name', { description: 'Name of the backup' });
  clusterId = Option.String('-c,--cluster_id', { description: 'Id of the cluster to import into' });
  resume = Option.Boolean('--resume', true, {
    description: 'Go on where an earlier run was cut short; --no-resume sends all anew',
  });

  protected override async run(): Promise<ExitCode> {
    const { clusterId, resume } = this;
    // In the order of the Go tool.
    if (!clusterId) {
      throw new FlagError(
        'cluster id is required',
        'name the target with -c; the Zilliz Cloud console shows ids',
      );
    }
    const name = this.requireName(this.name);
    const view = await this.runTask((service, options) =>
      service.migrate({ name, clusterId, ...(resume ? {} : { resume }) }, options),
    );
    this.note(formatCopy(view));
    if (this.json) {
      this.printDocument(taskDocument(view));
      return exitCodes.ok;
    }
    // The lines of the Go tool, as the documents of Zilliz Cloud have them.
    this.print(
      `Successfully triggered migration with backup name: ${name} target cluster: ${clusterId}\n` +
        `migration job id: ${view.migrate?.jobId ?? ''}.\n` +
        'You can check the progress of the migration job in Zilliz Cloud console.\n',
    );
    return exitCodes.ok;
  }
}
