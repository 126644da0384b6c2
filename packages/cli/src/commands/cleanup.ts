import { Command, Option } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import { cleanupDocument, formatItem, formatSum } from '../output/folders.js';
import { BaseCommand } from './base.js';

const milliseconds = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const age = /^(\d{1,6}(?:\.\d{1,3})?)([smhd])$/;

export class CleanupCommand extends BaseCommand {
  static override paths = [['cleanup']];
  static override usage = Command.Usage({
    category: 'Backups',
    description: 'remove what dead runs have left in the stores',
    details: `
      Without \`--yes\` it only tells what would go: what a \`create\` or \`copy\` that died has left, deletes that were interrupted,
      unfinished backups of the Go tool, copies that restores have left in the bucket of Milvus, databases of drills that died, unfinished
      uploads, probe objects and records of runs that are over. What a live run owns stays, and so does everything outside the backup root and the
      \`restore-temp-\` folders of Milvus's bucket. What is younger than \`--older-than\` stays too, but for interrupted deletes, and what restores
      and drills that are known to have ended have left. It can be interrupted and run again. Ends with 1 when something could not
      be removed.
    `,
    examples: [
      ['See what would go', '$0 cleanup'],
      ['Remove it', '$0 cleanup --yes'],
      ['Look into every store of the configuration', '$0 cleanup --storage all'],
      ['Also what has been silent for an hour, for a script', '$0 cleanup --older-than 1h --yes --json'],
    ],
  });

  yes = Option.Boolean('--yes,--apply', false, { description: 'Remove it; without, it is only told' });
  olderThan = Option.String('--older-than,--older_than', {
    description: 'How long nothing may have been heard of it, such as 90m, 24h, 7d; 24h when absent',
  });

  storage = Option.Array('--storage', [], {
    description:
      'Store to clean: `backup`, a name below `storages`, or `all`; repeat it. `backup` when absent',
  });

  protected override async run(): Promise<ExitCode> {
    const olderThan = this.olderThan === undefined ? undefined : readAge(this.olderThan);
    const report = await this.withSession(({ service, signal }) =>
      service.cleanup({
        apply: this.yes,
        olderThan,
        ...(this.storage.length > 0 ? { stores: this.storage.flatMap((names) => names.split(',')) } : {}),
        signal,
        ...(this.json ? {} : { onItem: (item) => this.print(formatItem(item)) }),
      }),
    );
    for (const note of report.notes) this.note(`Note: ${note}\n`);
    if (this.json) this.printDocument(cleanupDocument(report));
    else this.print(formatSum(report));
    return report.items.some(({ outcome }) => outcome === 'failed') ? exitCodes.failure : exitCodes.ok;
  }
}

/** Milliseconds. @throws FlagError */
function readAge(text: string): number {
  const [, number, unit] = age.exec(text) ?? [];
  if (number === undefined || unit === undefined || !(unit in milliseconds)) {
    throw new FlagError(
      `--older-than ${JSON.stringify(text)} is no length of time`,
      'give a number and one of s, m, h, d, such as 24h',
    );
  }
  return Number(number) * milliseconds[unit as keyof typeof milliseconds];
}
