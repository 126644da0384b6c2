import { Command, Option } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { renderBackup } from '../output/backup.js';
import { BaseCommand } from './base.js';

export class GetCommand extends BaseCommand {
  static override paths = [['get']];
  static override usage = Command.Usage({
    category: 'Backups',
    description: 'show what a backup holds',
    details: `
      Prints JSON: databases, collections with their schema and indexes, sizes in bytes. Ids are whole 64-bit numbers;
      read them with a parser that keeps them exact. The document is the same with and without \`--json\`.
    `,
    examples: [['Show one backup', '$0 get -n nightly']],
  });

  name = Option.String('-n,--name', { description: 'Name of the backup' });
  detail = Option.Boolean('-d,--detail', false, { description: 'Accepted: everything is always shown' });

  protected override async run(): Promise<ExitCode> {
    const name = this.requireName(this.name);
    const details = await this.withSession(({ service, signal }) => service.get({ name }, { signal }));
    this.print(`${await renderBackup(details)}\n`);
    const proven = details.drill?.lastProven;
    // Beside the document, whose form is the Go tool's.
    if (proven) this.note(`last proven by a drill: ${new Date(proven.at).toISOString()}\n`);
    return exitCodes.ok;
  }
}
