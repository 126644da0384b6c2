import { Command } from 'clipanion';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { BaseCommand } from './base.js';

export class ConfigShowCommand extends BaseCommand {
  static override paths = [['config', 'show']];
  static override usage = Command.Usage({
    category: 'Configuration',
    description: 'show every setting and where it came from',
    details: `
      Reads the file, the environment and \`--set\`, contacts nothing. Secrets are masked. The source is one of
      override (\`--set\`), env, config, inherited and default.
    `,
    examples: [
      ['Show the settings in effect', '$0 config show'],
      ['See what an override does', '$0 config show --set milvus.address=milvus.example.com'],
    ],
  });

  protected override async run(): Promise<ExitCode> {
    const { loadConfig, renderConfigJson, renderConfigTable } = await import('@milvus-backup/core');
    const { env, cwd } = this.context.host;
    const config = await loadConfig({ path: this.configPath ?? null, set: this.set, env, cwd });
    for (const warning of config.warnings) this.warn(warning);
    this.print(this.json ? renderConfigJson(config) : renderConfigTable(config));
    return exitCodes.ok;
  }
}

/** The name `config show` had in 0.5. */
export class CheckConfigCommand extends ConfigShowCommand {
  static override paths = [['check', 'config']];
  static override usage = Command.Usage({
    category: 'Configuration',
    description: 'deprecated: use `config show`',
    details: 'Prints what `config show` prints, with a warning.',
    examples: [['Show the settings in effect', '$0 check config']],
  });

  protected override async run(): Promise<ExitCode> {
    this.warn('"check config" is deprecated, use "config show" instead');
    return super.run();
  }
}
