import { Command } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { checkDocument } from '../output/json.js';
import { formatCheckReport } from '../output/text.js';
import { BaseCommand } from './base.js';

export class CheckCommand extends BaseCommand {
  static override paths = [['check']];
  static override usage = Command.Usage({
    category: 'Service',
    description: 'check the connections to Milvus and to both stores',
    details: `
      Connects, lists both roots, then writes, copies and deletes one small object. Ends with 0 when every check
      passed or only warned, with 1 when one failed.
    `,
    examples: [
      ['Check the configuration in ./backup.yaml', '$0 check'],
      ['Check another one', '$0 --config configs/docker-compose.yaml check --json'],
    ],
  });

  protected override async run(): Promise<ExitCode> {
    const { throwIfAborted } = await import('@milvus-backup/core');
    const report = await this.withSession(async ({ service, signal }) => {
      const found = await service.check({ signal });
      // Cut short, it would blame Milvus and the stores.
      throwIfAborted(signal);
      return found;
    });
    if (this.json) this.printDocument(checkDocument(report));
    else this.print(formatCheckReport(report));
    return report.items.some((item) => item.status === 'failed') ? exitCodes.failure : exitCodes.ok;
  }
}
