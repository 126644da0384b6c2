import { parseArgs } from 'node:util';
import { loadConfig, openService, processSurroundings, silentLogger } from '@milvus-backup/core';
import { serve } from '@milvus-backup/server';
import { createOwnApp } from './app.js';

const { values } = parseArgs({
  options: {
    config: { type: 'string', default: 'backup.yaml' },
    port: { type: 'string', default: '8080' },
  },
});
const token = process.env.BACKUP_TOKEN;
if (!token) throw new Error('set BACKUP_TOKEN to the token that clients have to send');

const surroundings = processSurroundings('0.1.0', [import.meta.url]);
const { env, cwd } = surroundings;
const config = await loadConfig({ path: values.config, env, cwd, set: [] });
const service = openService(config, silentLogger, surroundings);
const app = createOwnApp({ service, logger: silentLogger, token });
// `serve` is a convenience: any way to serve a Hono app does.
const server = await serve(app, { port: Number(values.port), hostname: '127.0.0.1' });
console.log(`Listening on http://127.0.0.1:${server.port}`);

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, async () => {
    await service.close(); // cancels what runs and waits for its clean-up
    await server.close();
  });
}
