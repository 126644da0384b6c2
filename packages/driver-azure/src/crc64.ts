import { StorageCRC64Calculator } from '@azure/storage-common';

const events = ['uncaughtException', 'unhandledRejection'] as const;
let ready: Promise<void> | undefined;

/**
 * Loads the checksum's WebAssembly. Its wrapper, meant for programs of its own, installs handlers for the whole process
 * that throw what reaches them, before those of the program can see it; they are taken out again.
 */
export function loadCrc64(): Promise<void> {
  if (ready !== undefined) return ready;
  const before = events.map((event) => new Set<unknown>(process.rawListeners(event)));
  // Installed before the first turn of the loop, so these are theirs and nobody else's.
  ready = StorageCRC64Calculator.init();
  for (const [index, event] of events.entries()) {
    for (const listener of process.listeners(event as 'unhandledRejection')) {
      if (!before[index]?.has(listener)) process.removeListener(event, listener);
    }
  }
  return ready;
}

/** The checksum that Azure compares a block with. Call {@link loadCrc64} first. */
export function crc64(block: Uint8Array): Uint8Array {
  const calculator = new StorageCRC64Calculator();
  calculator.append(block, block.length);
  return calculator.final(new Uint8Array(0), 0);
}
