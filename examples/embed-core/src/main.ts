import { parseArgs } from 'node:util';
import {
  isBackupError,
  loadConfig,
  openService,
  processSurroundings,
  silentLogger,
} from '@milvus-backup/core';
import { backUpAndRestore } from './back-up-and-restore.js';

const { values } = parseArgs({
  options: {
    config: { type: 'string', default: 'backup.yaml' },
    collection: { type: 'string', default: 'hello_milvus' },
    name: { type: 'string', default: 'embedded' },
    suffix: { type: 'string', default: '_recover' },
  },
});

// The first Ctrl-C cancels and lets the run clean up; `once` leaves the second one its usual effect.
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

try {
  // The folder of this program is where drivers are looked for, after that of the configuration file.
  const surroundings = processSurroundings('0.1.0', [import.meta.url]);
  const { env, cwd } = surroundings;
  const config = await loadConfig({ path: values.config, env, cwd, set: [] });
  for (const warning of config.warnings) console.error(warning);
  // Any pino logger in the place of the silent one shows what is being done.
  const service = openService(config, silentLogger, surroundings);
  try {
    await backUpAndRestore({
      service,
      collection: values.collection,
      backupName: values.name,
      suffix: values.suffix,
      print: console.log,
      signal: stop.signal,
    });
  } finally {
    await service.close();
  }
} catch (error) {
  if (!isBackupError(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  if (error.remedy) console.error(`What to do: ${error.remedy}`);
  process.exitCode = error.code === 'CANCELLED' ? 130 : 1;
}
