import type { DrillReport, MilvusSection } from '@milvus-backup/core';
import { Command, Option } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import { createProgressOutput } from '../output/progress.js';
import { counted } from '../output/text.js';
import { BaseCommand } from './base.js';

export class DrillCommand extends BaseCommand {
  static override paths = [['drill']];
  static override usage = Command.Usage({
    category: 'Backups',
    description: 'prove that a backup can be restored',
    details: `
      Restores a backup, or some of its collections, into a database made for it, compares every row (keys, vectors, all other
      fields) with the backup, and drops the database again. The date and the outcome are kept beside the backup;
      \`list --json\` and \`get\` show them. A drill that was interrupted is cleaned up by the next one. Nothing else in Milvus is
      touched, and a database that is there is refused.

      \`--milvus\` names a configuration file whose Milvus, with its storage, is restored into; it is read alone, without
      environment variables and \`--set\`.
    `,
    examples: [
      ['Prove the whole backup', '$0 drill nightly'],
      ['Prove three of its collections, others each time', '$0 drill nightly --sample 3'],
      ['Prove a tenth of them in another Milvus', '$0 drill nightly --sample 10% --milvus configs/old.yaml'],
    ],
  });

  word = Option.String({ required: false, name: 'NAME' });
  name = Option.String('-n,--name', { description: 'Name of the backup; also without the flag' });
  into = Option.String('--into', { description: 'Name of the scratch database, which must not be there' });
  sample = Option.String('--sample', { description: 'How many collections, `3` or `5%`; all when absent' });
  milvus = Option.String('--milvus', { description: 'Configuration file of another Milvus to restore into' });
  keep = Option.Boolean('--keep', false, { description: 'Leave the scratch database, whatever came out' });

  protected override async run(): Promise<ExitCode> {
    if (this.word && this.name && this.word !== this.name) {
      throw new FlagError(`two backups are named, ${this.word} and ${this.name}`, 'name one of them');
    }
    const name = this.requireName(this.name || this.word);
    const milvus = await this.readMilvus();
    const { host } = this.context;
    const started = host.now();
    const report = await this.withSession(async ({ service, signal }) => {
      const progress = await createProgressOutput(host, this.quiet);
      try {
        const request = { name, into: this.into, sample: this.sample, keep: this.keep, milvus };
        return await service.drill(request, { signal, onProgress: progress.show });
      } finally {
        progress.stop();
      }
    });
    if (this.json) this.printDocument(drillDocument(report));
    else this.print(formatDrill(report, host.now() - started));
    return exitCodes.ok;
  }

  private async readMilvus(): Promise<MilvusSection | undefined> {
    if (!this.milvus) return undefined;
    const { loadConfig } = await import('@milvus-backup/core');
    const config = await loadConfig({ path: this.milvus, env: {}, cwd: this.context.host.cwd, set: [] });
    for (const warning of config.warnings) this.warn(`${this.milvus}: ${warning}`);
    return config.value.milvus;
  }
}

function drillDocument(report: DrillReport): object {
  return {
    id: report.id,
    backup_name: report.name,
    proven_at: new Date(report.at).toISOString(),
    collections: report.collections,
    collections_total: report.collectionsTotal,
    compared: report.compared,
    rows: report.rows,
    milvus_version: report.milvusVersion,
    database: report.database,
    kept: report.kept,
  };
}

function formatDrill(report: DrillReport, milliseconds: number): string {
  const { name, collections, collectionsTotal, rows, database, kept } = report;
  const sum = `${name}: ${collections} of ${counted(collectionsTotal, 'collection')} restored, ${counted(rows, 'row')} compared`;
  const left = kept ? `, kept in database ${database}` : '';
  return `${sum}${left}\ndrill backup success\nduration:${(milliseconds / 1000).toFixed(2)} s\n`;
}
