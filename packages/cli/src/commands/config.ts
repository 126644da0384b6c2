import { Command } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { BaseCommand } from './base.js';

/** The group: only tells what is in it. */
export class ConfigCommand extends BaseCommand {
  static override paths = [['config']];
  static override usage = Command.Usage({
    category: 'Configuration',
    description: 'show the commands about the configuration',
    details: 'See `config show` and `config migrate`.',
    examples: [['List these commands', '$0 config']],
  });

  protected override async run(): Promise<ExitCode> {
    for (const { path, description } of this.cli.definitions()) {
      if (/ config \w/.test(path)) this.print(`${path}\n    ${description}`);
    }
    this.print('\nSee each with --help.\n');
    return exitCodes.ok;
  }
}
