import type { CheckItem, CheckReport, StorageFacts } from '@milvus-backup/core';

/**
 * The report of `check` as the Go tool prints it, with our lines between its parts. As there, `Success!` comes unless Milvus's root
 * path is empty; warnings have the shape of its hint about that.
 */
export function renderCheck(report: CheckReport): string {
  const warnings = report.items.filter((item) => item.status === 'warning');
  const rootEmpty = warnings.some((item) => item.name === 'milvus-storage.root-path');
  return [
    '',
    `Milvus version: ${report.milvusVersion}`,
    'Storage:',
    ...renderStorage('milvus', report.milvusStorage),
    ...renderStorage('backup', report.backupStorage),
    '',
    ...report.items.filter((item) => item.status !== 'warning').map(renderLine),
    ...(report.items.length > warnings.length ? [''] : []),
    ...warnings.flatMap((item) => [`!!! ${item.message} !!! `, item.remedy]),
    ...(rootEmpty ? [] : ['Success!']),
    '',
  ].join('\n');
}

const renderStorage = (side: string, facts: StorageFacts): string[] => [
  `  ${side}-storage-type: ${facts.provider}`,
  `  ${side}-bucket: ${facts.bucket}`,
  `  ${side}-rootpath: ${facts.rootPath}`,
];

const renderLine = ({ name, status, message }: CheckItem): string =>
  `  ${status.padEnd(7)}  ${name}: ${message}`;

/** What is wrong, in one line; empty when nothing is. */
export const checkFailure = (report: CheckReport): string =>
  report.items
    .filter((item) => item.status === 'failed')
    .map((item) => `check: ${item.name}: ${item.message}${item.remedy ? `; ${item.remedy}` : ''}`)
    .join('. ');
