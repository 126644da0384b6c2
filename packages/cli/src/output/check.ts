import type { Writable } from 'node:stream';
import type { CheckGroup, CheckItem, CheckReport } from '@milvus-backup/core';
import { formatBytes } from './text.js';

/** Shows the lines of a check while it goes on. */
export interface CheckOutput {
  item(item: CheckItem): void;
  groupEnd(group: CheckGroup): void;
}

const titles: Readonly<Record<CheckGroup, string>> = {
  milvus: 'Milvus',
  'milvus-storage': 'Storage of Milvus',
  'backup-storage': 'Storage of backups',
  copy: 'Copies between them',
  'clean-up': 'Clean-up of the probes',
  plan: 'Plan of a backup of everything',
};

/** Groups under titles for a person, who sees a group as it comes once those before it are done; plain lines elsewhere. */
export function createCheckOutput(
  stdout: Pick<Writable, 'write'>,
  grouped: boolean,
  groups: readonly CheckGroup[],
): CheckOutput {
  return grouped
    ? createGroups(stdout, groups)
    : { item: (item) => void stdout.write(formatItem(item, item.name)), groupEnd: () => undefined };
}

/** Decides on groups: whether a person looks at this stream. */
export function isTerminal(stream: Writable): boolean {
  return 'isTTY' in stream && stream.isTTY === true;
}

function createGroups(stdout: Pick<Writable, 'write'>, groups: readonly CheckGroup[]): CheckOutput {
  const waiting = new Map<string, CheckItem[]>();
  const ended = new Set<string>();
  let current = 0;
  let titled = false;
  const show = (group: CheckGroup, item: CheckItem): void => {
    if (!titled) stdout.write(`${titles[group]}\n`);
    titled = true;
    stdout.write(formatItem(item, item.name.slice(group.length + 1)));
  };
  const flush = (): void => {
    for (let group = groups[current]; group !== undefined; group = groups[current]) {
      for (const item of waiting.get(group) ?? []) show(group, item);
      waiting.delete(group);
      if (!ended.has(group)) return;
      if (titled) stdout.write('\n');
      titled = false;
      current += 1;
    }
  };
  return {
    item(item) {
      const group = groups.find((one) => item.name.startsWith(`${one}.`)) ?? 'milvus';
      waiting.set(group, [...(waiting.get(group) ?? []), item]);
      flush();
    },
    groupEnd(group) {
      ended.add(group);
      flush();
    },
  };
}

function formatItem({ status, message, remedy }: CheckItem, name: string): string {
  const line = `  ${status.padEnd(7)}  ${name}: ${message}\n`;
  return remedy === '' ? line : `${line}           → ${remedy}\n`;
}

/** What comes after the lines: the Go tool's report, whose lines scripts look for, and the sum. */
export function formatCheckReport(report: CheckReport): string {
  const { milvusStorage, backupStorage, plan, items } = report;
  const count = (status: CheckItem['status']): number =>
    items.filter((item) => item.status === status).length;
  const [failed, warnings] = [count('failed'), count('warning')];
  const lines = [
    '',
    `Milvus version: ${report.milvusVersion}`,
    'Storage:',
    `  milvus-storage-type: ${milvusStorage.provider}`,
    `  milvus-bucket: ${milvusStorage.bucket}`,
    `  milvus-rootpath: ${milvusStorage.rootPath}`,
    `  backup-storage-type: ${backupStorage.provider}`,
    `  backup-bucket: ${backupStorage.bucket}`,
    `  backup-rootpath: ${backupStorage.rootPath}`,
  ];
  if (plan !== null) {
    const least = plan.complete ? '' : 'at least ';
    lines.push(
      `Plan: ${least}${plan.collections} collections, ${plan.segments} segments, ${plan.objects} objects, ${formatBytes(plan.bytes)}`,
    );
  }
  lines.push('');
  if (warnings > 0) lines.push(`Warnings: ${warnings} of ${items.length} checks`);
  lines.push(failed === 0 ? 'Success!' : `Failed: ${failed} of ${items.length} checks`);
  return `${lines.join('\n')}\n`;
}
