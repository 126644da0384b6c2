import { SupportError } from '../support-error.js';

/** A port can be taken by a program that knows nothing of our reservations. */
const portTaken = /address already in use|EADDRINUSE/i;
const attempts = 3;

/** Runs `start` again with other ports when it failed because one of them was taken in the meantime. */
export async function startWithRetry<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      const retry = error instanceof SupportError && portTaken.test(error.message) && attempt < attempts;
      if (!retry) throw error;
    }
  }
}
