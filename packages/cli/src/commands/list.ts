import { Command, Option } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import { listDocument } from '../output/json.js';
import { BaseCommand } from './base.js';

export class ListCommand extends BaseCommand {
  static override paths = [['list']];
  static override usage = Command.Usage({
    category: 'Backups',
    description: 'list the backups in the backup store',
    details:
      'Prints a name per line. A backup that is still being written, or was never finished, is not listed.',
    examples: [
      ['List all backups', '$0 list'],
      ['List them with size and Milvus version, for a script', '$0 list --json'],
    ],
  });

  collection = Option.String('-c,--collection', { description: 'Removed: prints an error' });

  protected override async run(): Promise<ExitCode> {
    if (this.collection !== undefined) {
      throw new FlagError(
        'collectionName is deprecated',
        'leave -c, --collection out; `milvus-backup get` shows the collections of a backup',
      );
    }
    const entries = await this.withSession(({ service, signal }) => service.list({ signal }));
    if (this.json) this.printDocument(listDocument(entries));
    else this.print(`>> Backups:\n${entries.map((entry) => `${entry.name}\n`).join('')}`);
    return exitCodes.ok;
  }
}
