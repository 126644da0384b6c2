import { groupBy } from '../group-by.js';
import type { ImportUnit } from './import-units.js';

/**
 * Puts imports of one partition, channel and storage version together, for a server that takes many folders in one job.
 * @param most folders of one job
 */
export function joinUnits(units: readonly ImportUnit[], most: number): ImportUnit[] {
  const alike = groupBy(units, (one) =>
    JSON.stringify([one.isL0, one.partition, one.channel, String(one.storageVersion)]),
  );
  return [...alike.values()].flatMap((group) => cut(group, most));
}

/** By segments, of which an old backup may have several in one folder: a folder is never cut. */
function cut(units: readonly ImportUnit[], most: number): ImportUnit[] {
  const chunks: ImportUnit[][] = [];
  let room = 0;
  for (const unit of units) {
    const chunk = chunks.at(-1);
    if (chunk === undefined || unit.segments.length > room) {
      chunks.push([unit]);
      room = most;
    } else chunk.push(unit);
    room -= unit.segments.length;
  }
  return chunks.flatMap(join);
}

function join(units: readonly ImportUnit[]): ImportUnit[] {
  const [first] = units;
  if (first === undefined) return [];
  return [
    {
      ...first,
      folders: units.flatMap((one) => one.folders),
      segments: units.flatMap((one) => one.segments),
      logs: units.flatMap((one) => one.logs),
      staging: units.flatMap((one) => one.staging),
      bytes: units.reduce((sum, one) => sum + one.bytes, 0),
    },
  ];
}
