import { Command, Option } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { createProgressOutput } from '../output/progress.js';
import { BaseCommand } from './base.js';

export class DeleteCommand extends BaseCommand {
  static override paths = [['delete']];
  static override usage = Command.Usage({
    category: 'Backups',
    description: 'delete a backup and all its objects',
    details: `
      Asks nothing. The backup is first taken off the list, then its objects are removed; when that is interrupted,
      run the same command again.
    `,
    examples: [['Delete one backup', '$0 delete -n nightly']],
  });

  name = Option.String('-n,--name', { description: 'Name of the backup' });

  protected override async run(): Promise<ExitCode> {
    const name = this.requireName(this.name);
    await this.withSession(async ({ service, signal }) => {
      const progress = await createProgressOutput(this.context.host, this.quiet);
      try {
        await service.delete(name, { signal, onProgress: progress.show });
      } finally {
        progress.stop();
      }
    });
    if (this.json) this.printDocument({ deleted: name });
    else this.print('delete backup done\n');
    return exitCodes.ok;
  }
}
