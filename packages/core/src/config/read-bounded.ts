import { open } from 'node:fs/promises';

/**
 * Reads a file that may be anything, also something endless such as a device: size as the system tells it says nothing.
 * @param maxBytes more is not read
 * @returns `null` when there is more
 * @throws Error of Node
 */
export async function readBounded(path: string, maxBytes: number): Promise<Buffer | null> {
  const file = await open(path);
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    while (size <= maxBytes) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(65_536));
      if (bytesRead === 0) return Buffer.concat(chunks);
      chunks.push(buffer.subarray(0, bytesRead));
      size += bytesRead;
    }
    return null;
  } finally {
    await file.close();
  }
}
