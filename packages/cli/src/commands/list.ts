import { Command, Option } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import { foldersDocument, formatFolders } from '../output/folders.js';
import { listDocument } from '../output/json.js';
import { BaseCommand } from './base.js';

export class ListCommand extends BaseCommand {
  static override paths = [['list']];
  static override usage = Command.Usage({
    category: 'Backups',
    description: 'list the backups in the backup store',
    details: `
      Prints a name per line. A backup that is still being written, or was never finished, is not listed.

      With \`--all\` every folder under the backup root, with its state (committed, partial, writing, interrupted, deleting,
      delete interrupted, foreign), its size, when it last changed, when a drill last proved it and why it is
      in that state.
    `,
    examples: [
      ['List all backups', '$0 list'],
      ['List also what is unfinished, being deleted or of another tool', '$0 list --all'],
      ['List them with size and Milvus version, for a script', '$0 list --json'],
    ],
  });

  all = Option.Boolean('-a,--all', false, {
    description: 'Every folder under the backup root, with its state and the reason',
  });
  collection = Option.String('-c,--collection', { description: 'Removed: prints an error' });

  protected override async run(): Promise<ExitCode> {
    if (this.collection !== undefined) {
      throw new FlagError(
        'collectionName is deprecated',
        'leave -c, --collection out; `milvus-backup get` shows the collections of a backup',
      );
    }
    if (this.all) return await this.listAll();
    const entries = await this.withSession(({ service, signal }) => service.list({ signal }));
    if (this.json) this.printDocument(listDocument(entries));
    else this.print(`>> Backups:\n${entries.map((entry) => `${entry.name}\n`).join('')}`);
    // The names stay alone on stdout: scripts read them.
    const partial = entries.filter((entry) => entry.partial).map((entry) => entry.name);
    if (partial.length > 0) this.note(`Note: without some of their collections: ${partial.join(', ')}\n`);
    const proven = entries.flatMap(({ name, provenAt }) =>
      provenAt === undefined ? [] : [`${name} at ${new Date(provenAt).toISOString()}`],
    );
    if (proven.length > 0) this.note(`Note: last proven by a drill: ${proven.join(', ')}\n`);
    return exitCodes.ok;
  }

  private async listAll(): Promise<ExitCode> {
    const folders = await this.withSession(({ service, signal }) => service.listAll({ signal }));
    if (this.json) this.printDocument(foldersDocument(folders));
    else this.print(formatFolders(folders));
    return exitCodes.ok;
  }
}
