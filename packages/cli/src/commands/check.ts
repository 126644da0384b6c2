import { Command, Option } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { createCheckOutput, formatCheckReport, isTerminal } from '../output/check.js';
import { checkDocument } from '../output/json.js';
import { BaseCommand } from './base.js';

export class CheckCommand extends BaseCommand {
  static override paths = [['check']];
  static override usage = Command.Usage({
    category: 'Service',
    description: 'find out what keeps a backup or a restore from working',
    details: `
      Tries Milvus (version, rights, imports), both stores (rights, listing, conditional put, copies, uploads in parts,
      deletes, clocks) and whether the configured bucket and root path are those of Milvus, then tells what a backup of
      everything would move. Its probe objects are removed again. Each line is ok, warning, failed or skipped, with what
      to do. Ends with 0 when every check passed, warned or was skipped, with 1 when one failed.
    `,
    examples: [
      ['Check the configuration in ./backup.yaml', '$0 check'],
      ['Check another one', '$0 --config configs/docker-compose.yaml check --json'],
      ['Make the bucket of the backups when it is not there', '$0 check --create_bucket'],
    ],
  });

  createBucket = Option.Boolean('--create_bucket', false, {
    description: 'Make the bucket of the backups when it is not there',
  });

  protected override async run(): Promise<ExitCode> {
    const { checkGroups, throwIfAborted } = await import('@milvus-backup/core');
    const { stdout, stderr } = this.context.host;
    const report = await this.withSession(async ({ service, signal }) => {
      // The one document has stdout for itself; who waits for it sees the lines all the same.
      const lines = this.json ? stderr : stdout;
      const quiet = this.json && this.quiet;
      const output = createCheckOutput(lines, isTerminal(lines), checkGroups);
      const found = await service.check({
        signal,
        createBucket: this.createBucket,
        ...(quiet ? {} : { onItem: output.item, onGroupEnd: output.groupEnd }),
      });
      // Cut short, it would blame Milvus and the stores.
      throwIfAborted(signal);
      return found;
    });
    if (this.json) this.printDocument(checkDocument(report));
    else this.print(formatCheckReport(report));
    return report.items.some((item) => item.status === 'failed') ? exitCodes.failure : exitCodes.ok;
  }
}
