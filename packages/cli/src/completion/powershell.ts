import type { CompletedCommand, CompletedFlag } from './model.js';

/** A completion for PowerShell 5.1 and newer, to be put into the profile. */
export function renderPowershell(commands: readonly CompletedCommand[]): string {
  return `# Completion of milvus-backup for PowerShell: milvus-backup completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName 'milvus-backup' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $commands = @{
${commands.map(renderCommand).join('\n')}
  }
  $path = ''
  $previous = ''
  foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
    if ($element.Extent.EndOffset -ge $cursorPosition) { break }
    $word = $element.ToString()
    $previous = $word
    $next = "$path $word".Trim()
    if ($commands.ContainsKey($next)) { $path = $next }
  }
  $command = $commands[$path]
  if ($command.Values.ContainsKey($previous)) {
    $found = $command.Values[$previous] | ForEach-Object { @{ Name = $_; Text = $_ } }
  } elseif ($command.Takes -contains $previous) {
    return
  } elseif ($wordToComplete.StartsWith('-')) {
    $found = $command.Flags
  } else {
    $found = $command.Words
  }
  $found | Where-Object { $_.Name -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_.Name, $_.Name, 'ParameterValue', $_.Text)
  }
}
`;
}

function renderCommand({ path, flags, words }: CompletedCommand): string {
  const entry = (name: string, text: string): string =>
    `@{ Name = ${quote(name)}; Text = ${quote(text || name)} }`;
  const options = flags.flatMap(({ names, description }) => names.map((name) => entry(name, description)));
  const next = words.map(({ word, description }) => entry(word, description));
  const takes = flags.filter(({ value }) => value !== 'none').flatMap(({ names }) => names.map(quote));
  return `    ${quote(path)} = @{
      Words = @(${next.join(', ')})
      Flags = @(${options.join(', ')})
      Takes = @(${takes.join(', ')})
      Values = @{ ${flags.flatMap(renderValues).join('; ')} }
    }`;
}

function renderValues({ names, value }: CompletedFlag): string[] {
  if (typeof value === 'string') return [];
  return names.map((name) => `${quote(name)} = @(${value.map(quote).join(', ')})`);
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
