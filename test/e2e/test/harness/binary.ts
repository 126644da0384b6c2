import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/** The command as it is installed; it runs what `npm run build` made. */
export const binary = fileURLToPath(
  new URL('../../../../packages/cli/bin/milvus-backup.js', import.meta.url),
);

export interface CommandSettings {
  /** Folder of `backup.yaml`. */
  readonly cwd: string;
  /** Node to run it with; the one of this process by default. */
  readonly node?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the command; the promise gives its end, also a bad one. */
export function startCommand({ cwd, node, env = {} }: CommandSettings, ...args: string[]) {
  return execa(node ?? process.execPath, [binary, ...args], {
    cwd,
    env,
    reject: false,
    stdin: 'ignore',
  });
}

/** The one JSON document that a command prints. */
export function parseDocument(stdout: string): Record<string, unknown> {
  const document: unknown = JSON.parse(stdout);
  if (typeof document !== 'object' || document === null) throw new Error(`no JSON object: ${stdout}`);
  return { ...document };
}
