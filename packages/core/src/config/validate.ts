import { checkSetting } from './check-value.js';
import { checkStorageNames, storagePathsOf } from './named-storages.js';
import type { Problem } from './problem.js';
import { checkServer } from './server-records.js';
import type { Setting, Settings } from './setting.js';
import { validateStorage } from './validate-storage.js';

/**
 * Checks settings of schema v2 against their own rules and against each other, and brings enumerations into
 * their spelling. All problems are found in one go.
 */
export function validateSettings(
  settings: Settings,
  version: 'v1' | 'v2',
): { readonly settings: Settings; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const checked = new Map<string, Setting>();
  for (const [key, setting] of settings) checked.set(key, checkSetting(setting, problems));
  checkMutualTls(checked, problems);
  const endpoints = checked.get('milvus.etcd.endpoints');
  // 0.5.16 reads the endpoints for one option only and never minded an empty text
  if (version === 'v2' && Array.isArray(endpoints?.value) && endpoints.value.length === 0)
    problems.push({
      key: endpoints.name,
      message: 'want at least one endpoint',
      remedy: 'write `- host:2379` below milvus.etcd.endpoints, or remove the key',
      origin: endpoints,
    });
  if (Array.isArray(endpoints?.value) && endpoints.value.some((one) => String(one).includes('@')))
    problems.push({
      key: endpoints.name,
      message: 'etcd is read without a login; an endpoint cannot hold one',
      remedy: 'write `- host:2379`',
      origin: endpoints,
    });
  problems.push(...checkServer(checked), ...checkStorageNames(checked));
  for (const path of ['milvus.storage', 'backup.storage', ...storagePathsOf(checked)] as const)
    problems.push(...validateStorage(checked, path, version));
  return { settings: checked, problems };
}

function checkMutualTls(settings: Settings, problems: Problem[]): void {
  const mode = settings.get('milvus.grpc.tlsMode');
  const cert = settings.get('milvus.grpc.mtlsCertPath');
  const key = settings.get('milvus.grpc.mtlsKeyPath');
  if (mode?.value !== 'mutual' || (cert?.value !== '' && key?.value !== '')) return;
  problems.push({
    key: mode.name,
    message: `${cert?.name} and ${key?.name} are required when ${mode.name} is "mutual"`,
    remedy: 'write both files, or use "server" to have only Milvus prove who it is',
    origin: mode,
  });
}
