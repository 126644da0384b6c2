import { Cli, type CommandClass } from 'clipanion';
import { type CommandSpec, type Invocation, readInvocation } from './arguments.js';
import { CheckCommand } from './commands/check.js';
import { CleanupCommand } from './commands/cleanup.js';
import { CompletionCommand } from './commands/completion.js';
import { ConfigCommand } from './commands/config.js';
import { ConfigMigrateCommand } from './commands/config-migrate.js';
import { CheckConfigCommand, ConfigShowCommand } from './commands/config-show.js';
import { CopyCommand } from './commands/copy.js';
import { CreateCommand } from './commands/create.js';
import { DeleteCommand } from './commands/delete.js';
import { DrillCommand } from './commands/drill.js';
import { GetCommand } from './commands/get.js';
import { L0CompactCommand } from './commands/l0compact.js';
import { ListCommand } from './commands/list.js';
import { MigrateCommand } from './commands/migrate.js';
import { RestoreCommand } from './commands/restore.js';
import { RestoreSecondaryCommand } from './commands/restore-secondary.js';
import { ServerCommand } from './commands/server.js';
import { VerifyCommand } from './commands/verify.js';
import { exitCodes } from './exit-codes.js';
import type { CliContext, CliHost } from './host.js';
import { reportError } from './output/errors.js';
import { renderCommandHelp, renderProgramHelp } from './output/help.js';

const binaryName = 'milvus-backup';

/** In the order of the help text. */
const commandClasses: CommandClass<CliContext>[] = [
  CreateCommand,
  ListCommand,
  GetCommand,
  RestoreCommand,
  RestoreSecondaryCommand,
  DeleteCommand,
  CleanupCommand,
  CopyCommand,
  VerifyCommand,
  DrillCommand,
  L0CompactCommand,
  MigrateCommand,
  CheckCommand,
  ServerCommand,
  ConfigCommand,
  ConfigShowCommand,
  ConfigMigrateCommand,
  CheckConfigCommand,
  CompletionCommand,
];

/** The commands alone, for help and for those who embed them; {@link runCli} also reads the Go tool's grammar. */
export function createCli(version: string, colored = false): Cli<CliContext> {
  return Cli.from<CliContext>(commandClasses, {
    binaryLabel: 'Milvus Backup',
    binaryName,
    binaryVersion: version,
    enableColors: colored,
  });
}

/** Every command with its flags, as the help text has them. */
export function listCommands(cli: Cli<CliContext>): CommandSpec[] {
  return cli.definitions().map(({ path, options, usage }) => ({
    path: path.split(' ').slice(1),
    takesWord: / \[[A-Z]+\]$/.test(usage),
    flags: options.map(({ definition }) => {
      const [names = '', value] = definition.split(' ');
      return { names: names.split(','), takesValue: value !== undefined };
    }),
  }));
}

/**
 * Runs one command line from words to exit code. Never throws and never ends the process, but for a second stop
 * signal.
 * @param argv without the program's name
 */
export async function runCli(argv: readonly string[], host: CliHost): Promise<number> {
  const cli = createCli(host.version, host.colorDepth > 1);
  const context: CliContext = {
    host,
    env: { ...host.env },
    stdin: host.stdin,
    stdout: host.stdout,
    stderr: host.stderr,
    colorDepth: host.colorDepth,
  };
  const wantsJson = argv.includes('--json');
  try {
    const invocation = readInvocation(argv, listCommands(cli));
    if (invocation.kind === 'run') {
      warnOfExtras(invocation, host);
      return await cli.run(cli.process([...invocation.args], context), context);
    }
    if (invocation.kind === 'help') {
      host.stdout.write(renderCommandHelp(cli, invocation.path));
    } else if (invocation.kind === 'version') {
      host.stdout.write(`${binaryName} ${host.version}\n`);
    } else {
      host.stderr.write(`${renderProgramHelp(cli)}\nError: no command was given\n`);
      return exitCodes.usage;
    }
    return exitCodes.ok;
  } catch (error) {
    return reportError(host, error, wantsJson);
  }
}

/** The Go tool ignores extra words, so they may not fail; yet they are often a slip. */
function warnOfExtras({ extras }: Extract<Invocation, { kind: 'run' }>, host: CliHost): void {
  for (const word of extras) host.stderr.write(`Warning: the extra argument "${word}" is ignored\n`);
}
