import { Command, Option } from 'clipanion';
import { renderBash } from '../completion/bash.js';
import { renderFish } from '../completion/fish.js';
import { type CompletedCommand, describeCommands, type Shell, shells } from '../completion/model.js';
import { renderPowershell } from '../completion/powershell.js';
import { renderZsh } from '../completion/zsh.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import { BaseCommand } from './base.js';

const renderers: Readonly<Record<Shell, (commands: readonly CompletedCommand[]) => string>> = {
  bash: renderBash,
  zsh: renderZsh,
  fish: renderFish,
  powershell: renderPowershell,
};

export class CompletionCommand extends BaseCommand {
  static override paths = [['completion']];
  static override usage = Command.Usage({
    category: 'Configuration',
    description: 'print the completion script of a shell',
    details: `
      Completes commands, flags, and values where they are known. Prints a script for bash, zsh, fish or powershell; its
      first line says where it goes.
    `,
    examples: [
      ['Complete in this bash: source <(milvus-backup completion bash), or keep it', '$0 completion bash'],
      ['For zsh, into a folder of $fpath as _milvus-backup', '$0 completion zsh'],
      ['For fish, into ~/.config/fish/completions/milvus-backup.fish', '$0 completion fish'],
      ['For PowerShell, into the profile', '$0 completion powershell'],
    ],
  });

  shell = Option.String({ required: false, name: 'SHELL' });

  protected override async run(): Promise<ExitCode> {
    const shell = shells.find((name) => name === this.shell);
    if (shell === undefined) {
      const message = this.shell ? `no completion for the shell ${this.shell}` : 'no shell is named';
      throw new FlagError(message, `name one of ${shells.join(', ')}`);
    }
    const script = renderers[shell](describeCommands(this.cli.definitions()));
    if (this.json) this.printDocument({ shell, script });
    else this.print(script);
    return exitCodes.ok;
  }
}
