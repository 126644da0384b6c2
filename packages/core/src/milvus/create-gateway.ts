import { BackupError, cancelled, untilAborted } from '../errors/index.js';
import { createAliasCalls } from './aliases.js';
import { createBackupCalls } from './backup-calls.js';
import type { Open } from './calls.js';
import { createCollectionCalls } from './collections.js';
import { createDatabaseCalls } from './databases.js';
import type { MilvusGateway } from './gateway.js';
import { createImportCalls } from './imports.js';
import { createLoadCalls } from './loading.js';
import { createQueryCalls } from './query.js';
import { createRbacCalls } from './rbac.js';
import { createReplicateCalls } from './replicate.js';
import { createSegmentCalls } from './segments.js';
import type { MilvusGatewayDeps, MilvusTarget, Session } from './session.js';
import { createSnapshotCalls } from './snapshots.js';

/**
 * A gateway that does nothing yet: gRPC and the wire definitions are loaded, and the connection is made, with the
 * first call. It is our own thin client instead of the SDK's, which reports unknown calls as successes, hangs when it
 * retries, sends telemetry and reads 64-bit ids as numbers.
 */
export function createMilvusGateway(section: MilvusTarget, deps: MilvusGatewayDeps): MilvusGateway {
  let opening: Promise<Session> | undefined;
  let session: Session | undefined;
  const closing = new AbortController();

  const open: Open = (call) => {
    if (call?.signal?.aborted) return Promise.reject(cancelled(call.signal));
    if (closing.signal.aborted) {
      return Promise.reject(
        new BackupError({ code: 'INTERNAL', message: 'the connection to Milvus was closed already' }),
      );
    }
    if (opening === undefined) {
      const attempt = connect(section, deps, closing.signal).then((opened) => {
        session = opened;
        return opened;
      });
      opening = attempt;
      // A failed attempt is not remembered: the next call tries again.
      attempt.catch(() => {
        if (opening === attempt) opening = undefined;
      });
    }
    // Several callers share one attempt, so a signal ends the wait, not the attempt.
    return untilAborted(opening, call?.signal);
  };

  return {
    ...createDatabaseCalls(open),
    ...createCollectionCalls(open),
    ...createAliasCalls(open),
    ...createLoadCalls(open),
    ...createSegmentCalls(open),
    ...createQueryCalls(open),
    ...createImportCalls(open),
    ...createRbacCalls(open),
    ...createBackupCalls(open),
    ...createReplicateCalls(open),
    ...createSnapshotCalls(open),

    outages: () => session?.outages() ?? 0,

    async close() {
      closing.abort();
      const opened = await opening?.catch(() => undefined);
      opened?.close();
    },
  };
}

async function connect(
  section: MilvusTarget,
  deps: MilvusGatewayDeps,
  signal: AbortSignal,
): Promise<Session> {
  const { openSession } = await import('./session.js');
  return openSession(section, deps, signal);
}
