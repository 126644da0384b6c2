import { checkExistingBackupName } from '@milvus-backup/core';
import type { RouteDeps } from '../../app-types.js';
import { accept, param } from '../answer.js';
import { readBodyStrictly } from '../input.js';
import { type Handlers, mountV2Route } from '../mount-route.js';
import { cleanUp, cleanupBody, drillBackup, drillBody, verifyBackup, verifyBody } from '../schemas/proof.js';

export function mountProof(handlers: Handlers, { service }: RouteDeps): void {
  mountV2Route(handlers, verifyBackup, async (c) => {
    const name = param(c, 'name');
    checkExistingBackupName(name);
    return accept(c, await service.startVerify({ ...(await readBodyStrictly(c, verifyBody)), name }));
  });

  mountV2Route(handlers, drillBackup, async (c) => {
    const name = param(c, 'name');
    checkExistingBackupName(name);
    return accept(c, await service.startDrill({ ...(await readBodyStrictly(c, drillBody)), name }));
  });

  mountV2Route(handlers, cleanUp, async (c) => {
    const { olderThanSeconds, ...body } = await readBodyStrictly(c, cleanupBody);
    const olderThan = olderThanSeconds === undefined ? undefined : olderThanSeconds * 1000;
    return accept(c, await service.startCleanup({ ...body, olderThan }));
  });
}
