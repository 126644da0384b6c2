import type { ConfigEntry, ResolvedConfig } from './types.js';

const header = ['PARAMETER', 'VALUE', 'SOURCE', 'SOURCE_KEY'] as const;

/** The table of `config show`: one line per setting, secrets masked, ending in a line feed. */
export function renderConfigTable(resolved: ResolvedConfig): string {
  const rows = resolved.entries.map((entry) => [
    entry.key,
    printable(entry.value),
    entry.source,
    sourceKey(entry),
  ]);
  const widths = header.map((title, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), title.length),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const dashes = widths.map((width) => '-'.repeat(width));
  return `${[header, dashes, ...rows].map(line).join('\n')}\n`;
}

/** `config show --json`: the same rows with file, schema version, lines and warnings, for programs. */
export function renderConfigJson(resolved: ResolvedConfig): string {
  const { version, file, entries, warnings } = resolved;
  return `${JSON.stringify({ version, file, settings: entries, warnings }, null, 2)}\n`;
}

/** Lower case as in the Go tool's table; a variable or file keeps its name, so that it can be looked for. */
function sourceKey({ source, sourceKey: key }: ConfigEntry): string {
  return source === 'env' || source === 'file' ? key : key.toLowerCase();
}

/** One value is one line, and no value can move the cursor of a terminal. */
function printable(value: string): string {
  return value.replace(/\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });
}
