/**
 * Loaded into the command with `--import`: its clock is ahead by the milliseconds in the file `CLOCK_FILE`, looked up at each
 * reading, so that several processes share a clock that a test sets. What it does not imitate: timers, which go on as they are,
 * and `new Date()`, with which requests to stores are signed.
 */
import { readFileSync } from 'node:fs';

const file = process.env.CLOCK_FILE ?? '';
const real = Date.now;
Date.now = () => real() + Number(readFileSync(file, 'utf8'));
