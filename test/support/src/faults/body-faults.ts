import { Transform } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** Passes `at` bytes on, then calls `then` and swallows the rest. With fewer bytes nothing happens. */
export function cutAt(at: number, then: () => void): Transform {
  let left = at;
  let cut = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (cut) return done();
      const kept = chunk.subarray(0, left);
      left -= kept.length;
      if (kept.length > 0) this.push(kept);
      if (left === 0) {
        cut = true;
        // After what was pushed has been written.
        setImmediate(then);
      }
      done();
    },
  });
}

export function flipAt(at: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const index = at - seen;
      seen += chunk.length;
      const byte = chunk[index];
      if (index < 0 || byte === undefined) return done(null, chunk);
      const changed = Buffer.from(chunk);
      changed[index] = byte ^ 1;
      done(null, changed);
    },
  });
}

export function slowTo(bytesPerSecond: number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      void delay((chunk.length / bytesPerSecond) * 1000).then(() => done(null, chunk));
    },
  });
}

export function countBytes(add: (bytes: number) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      add(chunk.length);
      done(null, chunk);
    },
  });
}
