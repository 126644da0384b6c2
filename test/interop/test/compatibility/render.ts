import type { Row, State, Table } from './row.js';

const words: Readonly<Record<State, string>> = {
  works: 'works',
  better: 'differs, better',
  'not yet': 'not yet',
};

/** The document of all tables. */
export function renderCompatibility(tables: readonly Table[]): string {
  const rows = tables.flatMap(({ sections }) => sections.flatMap((section) => section.rows));
  const count = (state: State): number => rows.filter((row) => row.state === state).length;
  return [
    '# Compatibility with the Go tool\n',
    '<!-- Made from test/interop/test/compatibility by `npm run docs -w @milvus-backup/interop`; do not edit. -->\n',
    `Everything the Go tool \`milvus-backup\` 0.5.16 (and its main branch) offers, and how it stands here with Milvus 2.3: ${count('works')} rows work as there, ${count('better')} differ for the better, ${count('not yet')} are not there yet. A test compares the names with the commands, the configuration schemas and the API documents, so that none is missing and none is made up.\n`,
    ...tables.map(renderTable),
  ].join('\n');
}

function renderTable({ title, intro, sections }: Table): string {
  return [
    `## ${title}\n\n${intro}\n`,
    ...sections.map(
      (section) =>
        `### ${title}: ${section.title}\n\n| What | State | Remarks |\n| --- | --- | --- |\n${section.rows.map(renderRow).join('\n')}\n`,
    ),
  ].join('\n');
}

function renderRow({ what, state, note = '', covers = [] }: Row): string {
  const names = covers.map((name) => `\`${name}\``).join(', ');
  const remarks = [note, names].filter((text) => text !== '').join('. ');
  return `| ${[what, words[state], remarks].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
