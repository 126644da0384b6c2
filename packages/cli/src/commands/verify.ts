import type { VerifyLevel } from '@milvus-backup/core';
import { Command, Option } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import { createProgressOutput } from '../output/progress.js';
import { formatVerify, verifyDocument } from '../output/verify.js';
import { readPlace } from '../read-place.js';
import { BaseCommand } from './base.js';

const levels: readonly VerifyLevel[] = ['meta', 'exists', 'checksum', 'read', 'decode'];

export class VerifyCommand extends BaseCommand {
  static override paths = [['verify']];
  static override usage = Command.Usage({
    category: 'Backups',
    description: 'find out whether a backup is whole',
    details: `
      Holds a backup against its metadata and its manifest, and changes nothing. Every damaged object is named; the exit code
      is 4 then. Objects that do not belong to the backup are warnings.

      Levels, each with what the one before it does: \`meta\` (metadata files against each other and the manifest), \`exists\`
      (every object, with its size), \`checksum\` (what the store tells of each object against the manifest; the default),
      \`read\` (every byte against the checksums that are known), \`decode\` (binlogs are parsed; ids and rows of every segment
      and field against the metadata). \`--read-data\` is short for \`--level read\`, \`--decode\` for \`--level decode\`.

      Backups of the Go tool have no manifest: sizes, the store's own checksums and \`--decode\` are what can be told of them.
    `,
    examples: [
      ['Look for every object, in seconds', '$0 verify nightly'],
      ['Read a twentieth of the data', '$0 verify nightly --read-data-subset 5%'],
      [
        'Decode all of a copy in another store, for a script',
        '$0 verify nightly --from offsite --decode --json',
      ],
    ],
  });

  word = Option.String({ required: false, name: 'NAME' });
  name = Option.String('-n,--name', { description: 'Name of the backup; also without the flag' });
  from = Option.String('--from', {
    description: 'Store of the backup, as `copy` takes it; `backup` when absent',
  });
  level = Option.String('--level', { description: `${levels.join(', ')}; checksum when absent` });
  readData = Option.Boolean('--read-data', false, { description: 'Read every byte' });
  subset = Option.String('--read-data-subset', {
    description: 'Read a part of the data, `5%` or `1/10`, the same part each time',
  });
  seed = Option.String('--seed', '', { description: 'With a subset: another seed, another part' });
  decode = Option.Boolean('--decode', false, { description: 'Parse the binlogs, and compare rows and ids' });

  protected override async run(): Promise<ExitCode> {
    if (this.word && this.name && this.word !== this.name) {
      throw new FlagError(`two backups are named, ${this.word} and ${this.name}`, 'name one of them');
    }
    const name = this.requireName(this.name || this.word);
    const level = this.readLevel();
    const { host } = this.context;
    const from = await readPlace(this.from, host.cwd, (warning) => this.warn(warning));
    const report = await this.withSession(async ({ service, signal }) => {
      const progress = await createProgressOutput(host, this.quiet);
      try {
        const options = { signal, onProgress: progress.show };
        return await service.verify({ name, from, level, subset: this.subset, seed: this.seed }, options);
      } finally {
        progress.stop();
      }
    });
    if (this.json) this.printDocument(verifyDocument(report));
    else this.print(formatVerify(report));
    return report.ok ? exitCodes.ok : exitCodes.incomplete;
  }

  private readLevel(): VerifyLevel {
    const asked = levels.find((level) => level === this.level);
    if (this.level !== undefined && asked === undefined) {
      throw new FlagError(`--level ${this.level} is unknown`, `use one of ${levels.join(', ')}`);
    }
    const least = this.decode ? 'decode' : this.readData || this.subset !== undefined ? 'read' : undefined;
    if (asked && least && levels.indexOf(asked) < levels.indexOf(least)) {
      throw new FlagError(`--level ${asked} reads no data`, `leave --level out, or use --level ${least}`);
    }
    return asked ?? least ?? 'checksum';
  }
}
