import { afterAll, beforeAll, describe } from 'vitest';
import { bucketBehaviour } from './groups/buckets.js';
import { cancelBehaviour } from './groups/cancelling.js';
import { capabilityBehaviour, md5Behaviour } from './groups/capabilities.js';
import { closeBehaviour } from './groups/closing.js';
import { concurrencyBehaviour } from './groups/concurrency.js';
import { conditionBehaviour } from './groups/conditions.js';
import { copyBehaviour } from './groups/copying.js';
import { deleteBehaviour } from './groups/deleting.js';
import { keyBehaviour } from './groups/keys.js';
import { largeBehaviour } from './groups/large.js';
import { listBehaviour } from './groups/listing.js';
import { rangeBehaviour } from './groups/ranges.js';
import { readBehaviour } from './groups/reading.js';
import { uploadBehaviour } from './groups/uploads.js';
import { writeBehaviour } from './groups/writing.js';
import { closeKit, type GetKit, type Kit, openKit } from './kit.js';
import type { ConformanceOptions, MakeDriver } from './options.js';

const defaultTimeout = 120_000;

/**
 * Declares the tests that every storage driver passes, under `describe(name)`. Call it at the top of a vitest file.
 * `makeDriver` is called several times, with names of buckets that the suite makes, and one that it does not.
 */
export function driverConformance(
  name: string,
  makeDriver: MakeDriver,
  options: ConformanceOptions = {},
): void {
  const timeout = options.timeout ?? defaultTimeout;
  describe(name, { timeout }, () => {
    let kit: Kit | undefined;
    const getKit: GetKit = () => {
      if (kit === undefined) throw new Error('the suite has not begun');
      return kit;
    };
    beforeAll(async () => {
      kit = await openKit(makeDriver, options);
    }, timeout);
    afterAll(async () => {
      if (kit !== undefined) await closeKit(kit);
    }, timeout);

    describe('reading', () => readBehaviour(getKit));
    describe('ranges', () => rangeBehaviour(getKit));
    describe('writing', () => writeBehaviour(getKit));
    describe('keys', () => keyBehaviour(getKit));
    describe('listing', () => listBehaviour(getKit));
    describe('deleting', () => deleteBehaviour(getKit));
    describe('copying', () => copyBehaviour(getKit));
    describe('conditions', () => conditionBehaviour(getKit));
    describe('large objects', () => largeBehaviour(getKit));
    describe('concurrency', () => concurrencyBehaviour(getKit));
    describe('cancelling', () => cancelBehaviour(getKit));
    describe('uploads', () => uploadBehaviour(getKit));
    describe('closing', () => closeBehaviour(getKit));
    describe('buckets', () => bucketBehaviour(getKit));
    describe('capabilities', () => capabilityBehaviour(getKit));
    describe('MD5 sums', () => md5Behaviour(getKit));
  });
}
