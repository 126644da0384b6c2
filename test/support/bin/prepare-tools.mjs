// Builds ahead what would take longer than a test may take to start. Where Go is missing outside CI it says so and is done.
import { ensureFakeGcs, gcsAvailable } from '../dist/index.js';

if (await gcsAvailable()) await ensureFakeGcs();
