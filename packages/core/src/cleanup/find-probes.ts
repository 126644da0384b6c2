import { ProbeArea } from '../check/probe-area.js';
import { probeFolder, rootPrefix, stagingStart } from '../layout/index.js';
import { rootOf } from '../stores.js';
import { type Candidate, type CleanRun, isoTime } from './clean-run.js';

/** What checks that died have left; none takes longer than ten minutes, whatever the limit of the clean-up. */
export async function* findProbes(run: CleanRun): AsyncGenerator<Candidate> {
  const { backups, milvus, identity, signal } = run;
  const areas = [
    { store: run.label, driver: backups.driver, home: `${rootPrefix(rootOf(backups))}${probeFolder}/` },
    ...(milvus ? [{ store: 'milvus', driver: milvus.driver, home: `${stagingStart}${probeFolder}/` }] : []),
  ];
  for (const { store, driver, home } of areas) {
    // An area of its own that holds nothing: all that is found belongs to others.
    const area = new ProbeArea(driver, home, identity.now(), 'cleanup');
    const { dead } = await area.findLeftovers(identity.now(), signal);
    if (dead.length === 0) continue;
    const changedAt = Math.max(...dead.map((key) => Number(key.slice(home.length).split('-')[0])));
    yield {
      item: {
        kind: 'probe',
        store,
        path: home,
        backup: '',
        objects: dead.length,
        bytes: 0,
        reason: `probe objects of a check that died, the last of ${isoTime(changedAt)}`,
        changedAt,
      },
      remove: async () => {
        await driver.delete(dead, { signal });
        return true;
      },
    };
  }
}
