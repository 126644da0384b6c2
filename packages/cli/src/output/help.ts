import type { Cli, Definition } from 'clipanion';
import { exitCodeMeanings } from '../exit-codes.js';
import type { CliContext } from '../host.js';

const globalOptions: ReadonlyArray<readonly [string, string]> = [
  [
    '--config VALUE',
    'Configuration file, backup.yaml when absent; also looked for in $MILVUSCONF and ./configs',
  ],
  ['--set VALUE', 'Override a setting, key=value; repeat it or separate with commas'],
  ['--json', 'Print one JSON document on stdout'],
  ['-q, --quiet', 'No progress and no notes, only warnings'],
  ['-h, --help', 'Help of the program or of a command'],
  ['--version', 'Version of the program'],
];

/** All commands, the options that go with each, and the exit codes. */
export function renderProgramHelp(cli: Cli<CliContext>): string {
  const { header } = cli.format();
  const definitions = cli.definitions();
  const parts = [
    `${cli.binaryLabel} ${cli.binaryVersion}\n\n`,
    `  $ ${cli.binaryName} COMMAND [OPTIONS]\n\n`,
    'Options stand before or after the command. Results go to stdout, everything else to stderr.\n',
  ];
  for (const category of [...new Set(definitions.map((definition) => definition.category))]) {
    const rows = definitions
      .filter((definition) => definition.category === category)
      .map(({ path, description = '' }) => [path, description.trim()] as const);
    parts.push(`\n${header(category?.trim() ?? '')}\n\n`, renderRows(rows));
  }
  parts.push(`\n${header('Options of every command')}\n\n`, renderRows(globalOptions));
  const codes = exitCodeMeanings.map(([code, meaning]) => [`${code}`, meaning] as const);
  parts.push(`\n${header('Exit codes')}\n\n`, renderRows(codes));
  parts.push(`\nSee \`${cli.binaryName} COMMAND --help\` for the options and examples of a command.\n`);
  return parts.join('');
}

/** One command in full. */
export function renderCommandHelp(cli: Cli<CliContext>, path: readonly string[]): string {
  const { header } = cli.format();
  const name = [cli.binaryName, ...path].join(' ');
  const found = cli.definitions().find((definition) => definition.path === name);
  if (!found) return renderProgramHelp(cli);
  const { description = '', details = '', examples = [], options } = found;
  return [
    `${description.charAt(0).toUpperCase()}${description.slice(1)}\n`,
    `${header('Usage')}\n\n  $ ${name} [OPTIONS]\n\n`,
    `${header('Options')}\n\n${renderRows(options.map(renderOption))}\n`,
    `${header('Details')}\n\n${details}\n`,
    `${header('Examples')}\n`,
    ...examples.map(([label, line]) => `\n  ${label.trim()}\n    $ ${line}\n`),
  ].join('');
}

/** `-n, --name VALUE`. */
function renderOption({ definition, description = '' }: Definition['options'][number]): [string, string] {
  return [definition.replaceAll(',', ', ').replace(' #0', ' VALUE'), description.trim()];
}

function renderRows(rows: ReadonlyArray<readonly [string, string]>): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join('');
}
