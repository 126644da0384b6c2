import type { TaskView } from '@milvus-backup/core';
import { Command, Option } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import { taskDocument } from '../output/json.js';
import { formatCopy, formatSeconds } from '../output/text.js';
import { isFile, readPlace } from '../read-place.js';
import { BaseCommand } from './base.js';

export class CopyCommand extends BaseCommand {
  static override paths = [['copy']];
  static override usage = Command.Usage({
    category: 'Backups',
    description: 'copy a backup to another store',
    details: `
      Copies a whole backup, of this tool or of the Go tool, and proves every object. The copy is listed once it is complete,
      never before; after a failure or Ctrl-C run the same command again, it goes on where it stopped. A copy that is there
      already and equal is left alone; a different backup of that name is refused, and so is a bucket that is not there, unless
      \`--create_bucket\` says to make it.

      \`--from\` and \`--to\` take the name of a store below \`storages\` of the configuration, \`backup\` for its
      \`backup.storage\`, or another configuration file (with a dot or a slash in its name), whose \`backup.storage\` is meant. Such a
      file is read alone, without environment variables and \`--set\`.
    `,
    examples: [
      ['Copy to the store that the configuration calls offsite', '$0 copy nightly --to offsite'],
      ['Copy to the backup storage of another configuration', '$0 copy nightly --to configs/old.yaml'],
      ['Bring it back under another name', '$0 copy nightly --from offsite --to backup --as nightly_back'],
    ],
  });

  word = Option.String({ required: false, name: 'NAME' });
  name = Option.String('-n,--name', { description: 'Name of the backup; also without the flag' });
  from = Option.String('--from', { description: 'Store to copy from, `backup` when absent' });
  to = Option.String('--to', { description: 'Store to copy to, `backup` when absent' });
  as = Option.String('--as', { description: 'Name of the copy, when not the same' });

  createBucket = Option.Boolean('--create_bucket', false, {
    description: 'Make the bucket of the target when it is not there',
  });

  protected override async run(): Promise<ExitCode> {
    const { host } = this.context;
    if (this.word && this.name && this.word !== this.name) {
      throw new FlagError(`two backups are named, ${this.word} and ${this.name}`, 'name one of them');
    }
    const name = this.requireName(this.name || this.word);
    if (!this.from && !this.to) {
      throw new FlagError('--to is required', 'name the store to copy to, such as --to offsite');
    }
    // With both ends in files of their own there is nothing that a configuration could add.
    if (isFile(this.from) && isFile(this.to)) this.configPath ??= '';
    const from = await readPlace(this.from, host.cwd, (warning) => this.warn(warning));
    const to = await readPlace(this.to, host.cwd, (warning) => this.warn(warning));
    const started = host.now();
    const view = await this.runTask((service, options) =>
      service.copy(
        { name, from, to, as: this.as, ...(this.createBucket ? { createBucket: true } : {}) },
        options,
      ),
    );
    this.note(formatCopy(view));
    if (this.json) this.printDocument(taskDocument(view));
    else this.print(`${this.summary(view)}\nduration:${formatSeconds(host.now() - started)}\n`);
    return exitCodes.ok;
  }

  private summary({ copy }: TaskView): string {
    return copy?.objectsCopied === 0 ? 'nothing to do' : 'copy backup success';
  }
}
