import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command, Option } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import { BaseCommand } from './base.js';

export class ConfigMigrateCommand extends BaseCommand {
  static override paths = [['config', 'migrate']];
  static override usage = Command.Usage({
    category: 'Configuration',
    description: 'rewrite a configuration of schema v1 in schema v2',
    details: `
      Reads the file named by \`--config\` and the environment, leaves \`--set\` aside. The new file goes to stdout or
      to \`--output\`, what to know about it to stderr. It holds the secrets of the old file in clear, so a file is
      made readable by its owner alone.
    `,
    examples: [
      ['See what would be written', '$0 config migrate --config configs/old.yaml'],
      ['Write it, refusing a result that would not load', '$0 config migrate -o backup.v2.yaml --strict'],
    ],
  });

  output = Option.String('-o,--output', '', { description: 'File to write; stdout when absent or -' });
  force = Option.Boolean('--force', false, { description: 'Overwrite an existing file' });
  strict = Option.Boolean('--strict', false, { description: 'Write nothing when the result is not valid' });

  /** Here the configuration is the input, and the Go tool ends with 1 whatever is wrong with it. */
  override async execute(): Promise<number> {
    const code = await super.execute();
    return code === exitCodes.config || code === exitCodes.usage ? exitCodes.failure : code;
  }

  protected override async run(): Promise<ExitCode> {
    const { cwd, env } = this.context.host;
    const { migrateConfig } = await import('@milvus-backup/core');
    const { text, report, problems } = await migrateConfig({ path: this.configPath ?? null, env, cwd });
    for (const line of report) this.note(`${line}\n`);
    if (this.strict && problems.length > 0) {
      throw new FlagError(
        `the result is not valid in schema v2: ${problems.join('; ')}`,
        'correct the old file, or leave --strict out and correct the new one',
      );
    }
    const file = this.output === '' || this.output === '-' ? null : path.resolve(cwd, this.output);
    if (file !== null) await this.write(file, text);
    if (this.json) this.printDocument({ output: file, text: file === null ? text : null, report, problems });
    else if (file === null) this.print(text);
    return exitCodes.ok;
  }

  private async write(file: string, text: string): Promise<void> {
    try {
      await writeFile(file, text, { mode: 0o600, flag: this.force ? 'w' : 'wx' });
      // An existing file keeps the mode it had.
      await chmod(file, 0o600);
    } catch (error) {
      const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (exists) throw new FlagError(`${file} exists already`, 'add --force to overwrite it');
      throw new FlagError(
        `${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
        'choose another --output',
      );
    }
  }
}
