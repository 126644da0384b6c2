import { crc32c } from '@node-rs/crc32';

/** The running CRC32C of some bytes, as Google writes it. Native: in plain JavaScript it would be slower than the network. */
export class Crc32c {
  #value = 0;

  update(chunk: Uint8Array): void {
    this.#value = crc32c(chunk, this.#value);
  }

  /** Base64 of the value in network order. */
  toString(): string {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#value);
    return bytes.toString('base64');
  }
}

export function crc32cOf(data: Uint8Array): string {
  const sum = new Crc32c();
  sum.update(data);
  return sum.toString();
}
