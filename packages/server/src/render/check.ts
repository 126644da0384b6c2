import type { CheckReport, StorageFacts } from '@milvus-backup/core';

/** The report of `check` as the Go tool prints it; warnings stand where it has its hint about an empty root. */
export function renderCheck(report: CheckReport): string {
  const warnings = report.items.filter((item) => item.status === 'warning');
  return [
    '',
    `Milvus version: ${report.milvusVersion}`,
    'Storage:',
    ...renderStorage('milvus', report.milvusStorage),
    ...renderStorage('backup', report.backupStorage),
    '',
    ...(warnings.length === 0
      ? ['Success!']
      : warnings.flatMap((item) => [`!!! ${item.message} !!! `, item.remedy])),
    '',
  ].join('\n');
}

const renderStorage = (side: string, facts: StorageFacts): string[] => [
  `  ${side}-storage-type: ${facts.provider}`,
  `  ${side}-bucket: ${facts.bucket}`,
  `  ${side}-rootpath: ${facts.rootPath}`,
];

/** What is wrong, in one line; empty when nothing is. */
export const checkFailure = (report: CheckReport): string =>
  report.items
    .filter((item) => item.status === 'failed')
    .map((item) => `check: ${item.name}: ${item.message}${item.remedy ? `; ${item.remedy}` : ''}`)
    .join('. ');
