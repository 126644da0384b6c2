import { Command, Option } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import { taskDocument } from '../output/json.js';
import { formatSeconds } from '../output/text.js';
import { BaseCommand } from './base.js';

export class L0CompactCommand extends BaseCommand {
  static override paths = [['l0compact']];
  static override usage = Command.Usage({
    category: 'Backups',
    description: 'make a second backup without level-0 deletes',
    details: `
      Since Milvus 2.4 deletes lie in segments of their own (level 0), and a restore has to apply them one import after another. This
      makes a second backup in the same store in which each of those deletes lies beside the rows that it hits, as in older versions,
      and which restores faster. The first backup is not changed. The new one is listed once it is complete; after a failure or Ctrl-C
      run the same command again, it goes on where it stopped.
    `,
    examples: [
      ['Make nightly_l0compacted', '$0 l0compact -n nightly'],
      ['Give it a name, and clear what has that name', '$0 l0compact -n nightly -o nightly_flat --force'],
    ],
  });

  name = Option.String('-n,--name', { description: 'Name of the backup' });
  output = Option.String('-o,--output', {
    description: 'Name of the new backup, <name>_l0compacted when absent',
  });
  force = Option.Boolean('--force', false, { description: 'Clear an existing destination' });

  protected override async run(): Promise<ExitCode> {
    const { name, force } = this;
    if (!name) throw new FlagError('backup name is required (--name)', 'name the backup with -n NAME');
    const output = this.output || `${name}_l0compacted`;
    await checkName('--name', name);
    await checkName('--output', output);
    if (name === output) {
      throw new FlagError('output must differ from source backup name', 'give --output another name');
    }
    const started = this.context.host.now();
    const view = await this.runTask((service, options) =>
      service.l0compact({ name, output, ...(force ? { force } : {}) }, options),
    );
    if (this.json) this.printDocument(taskDocument(view));
    else {
      this.note(`duration:${formatSeconds(this.context.host.now() - started)}\n`);
      this.print(`l0compact done: ${name} -> ${output}\n`);
    }
    return exitCodes.ok;
  }
}

/** As the Go tool: both names by the rule for new ones. */
async function checkName(flag: string, name: string): Promise<void> {
  const { checkBackupName, isBackupError } = await import('@milvus-backup/core');
  try {
    checkBackupName(name);
  } catch (error) {
    if (!isBackupError(error)) throw error;
    throw new FlagError(`invalid ${flag} ${JSON.stringify(name)}: ${error.message}`, error.remedy);
  }
}
