import { defineConfig } from 'vitest/config';
import shared from '../../../test/support/vitest.shared.js';

/** Only `npm run test:peer` uses this: the Go tool is not part of an ordinary test run. */
export default defineConfig({
  ...(shared.ssr === undefined ? {} : { ssr: shared.ssr }),
  test: {
    ...(shared.test?.server === undefined ? {} : { server: shared.test.server }),
    include: ['peer/**/*.peer.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
