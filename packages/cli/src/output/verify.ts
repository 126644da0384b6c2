import type { VerifyReport } from '@milvus-backup/core';
import { formatBytes, formatSeconds } from './text.js';

/** The document of `verify --json`. */
export function verifyDocument(report: VerifyReport): object {
  const { counts } = report;
  return {
    backup_name: report.name,
    from: report.from,
    level: report.level,
    subset: report.subset,
    ok: report.ok,
    manifest: report.manifest,
    started_at: new Date(report.startedAt).toISOString(),
    ended_at: new Date(report.endedAt).toISOString(),
    counts: {
      collections: counts.collections,
      segments: counts.segments,
      rows: counts.rows,
      objects: counts.objects,
      bytes: counts.bytes,
      checksums: counts.checksums,
      objects_read: counts.objectsRead,
      bytes_read: counts.bytesRead,
      objects_proven: counts.objectsProven,
      objects_decoded: counts.objectsDecoded,
    },
    problems: report.problems.map(({ kind, key, message, collection }) => ({
      kind,
      key,
      message,
      collection,
    })),
    problems_total: report.problemsTotal,
    warnings: report.warnings,
    warnings_total: report.warningsTotal,
  };
}

/** A line for each problem and warning, and the sum. */
export function formatVerify(report: VerifyReport): string {
  const { counts, problems, problemsTotal, warnings, warningsTotal } = report;
  const lines = problems.map(({ key, message, collection }) => {
    const where = collection === null ? '' : ` (${collection})`;
    return `damaged  ${key}${where}: ${message}`;
  });
  if (problemsTotal > problems.length) lines.push(`… and ${problemsTotal - problems.length} more problems`);
  lines.push(...warnings.map((warning) => `warning  ${warning}`));
  if (warningsTotal > warnings.length) lines.push(`… and ${warningsTotal - warnings.length} more warnings`);
  const parts = [
    `${counts.collections} collections, ${counts.segments} segments, ${counts.objects} objects, ${formatBytes(counts.bytes)}`,
    ...(report.manifest === 'absent' ? ['no manifest'] : []),
    ...(counts.checksums > 0 ? [`${counts.checksums} checksums compared`] : []),
    ...(counts.objectsRead > 0
      ? [`${counts.objectsRead} objects read (${formatBytes(counts.bytesRead)})`]
      : []),
    ...(counts.objectsProven > 0 ? [`${counts.objectsProven} proven by a checksum`] : []),
    ...(counts.objectsDecoded > 0 ? [`${counts.objectsDecoded} decoded`] : []),
  ];
  lines.push(`${report.name}, level ${report.level}: ${parts.join('; ')}`);
  lines.push(
    report.ok ? 'verify backup success' : `verify backup failed: ${problemsTotal} problems`,
    `duration:${formatSeconds(report.endedAt - report.startedAt)}`,
  );
  return lines.map((line) => `${line}\n`).join('');
}
