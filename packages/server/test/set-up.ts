import { type Logger, loadConfig, type ServerToken } from '@milvus-backup/core';
import { createApp, createAuthenticator } from '../src/index.js';
import { makeMeta } from './make-meta.js';
import { makeServiceDouble, type ServiceDouble } from './service-double.js';

export interface LogLine {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

export interface SetUp {
  readonly service: ServiceDouble;
  readonly log: LogLine[];
  readonly app: ReturnType<typeof createApp>;
  /** The reply, decoded. */
  get(path: string, headers?: Record<string, string>): Promise<unknown>;
  /** Sends a value as JSON, or a text as it stands. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<unknown>;
}

export interface SetUpOptions {
  readonly set?: readonly string[];
  /** Those of `server.auth.tokens`. */
  readonly tokens?: readonly ServerToken[];
  readonly heartbeatMs?: number;
  readonly before?: NonNullable<Parameters<typeof createApp>[0]['before']>;
}

/** An app over a double of the service, with ids `new-1`, `new-2`, … */
export async function setUp({
  set = [],
  before = [],
  tokens = [],
  heartbeatMs,
}: SetUpOptions = {}): Promise<SetUp> {
  const config = await loadConfig({ path: '', env: {}, cwd: '/', set });
  const service = makeServiceDouble(config, makeMeta);
  const log: LogLine[] = [];
  const { server } = config.value;
  let ids = 0;
  let clock = 0;
  const app = createApp({
    service,
    logger: recordingLogger(log),
    version: '1.2.3',
    before,
    ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
    authenticator: createAuthenticator({ ...server, auth: { ...server.auth, tokens } }),
    makeId: () => `new-${++ids}`,
    now: () => (clock += 5),
  });
  return {
    service,
    log,
    app,
    get: async (path, headers = {}) => (await app.request(path, { headers })).json(),
    post: async (path, body, headers = {}) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return (await app.request(path, { method: 'POST', body: text, headers })).json();
    },
  };
}

export function recordingLogger(log: LogLine[]): Logger {
  const at = (level: string) => (fields: object, message: string) => {
    log.push({ level, fields, message });
  };
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return logger;
}

/** Puts a finished backup into the double, as if another process had made it. */
export async function addBackup({ service }: SetUp, name: string, id: string): Promise<void> {
  await service.create({ name, id });
  service.runs.delete(id);
}
