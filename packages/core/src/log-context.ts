import { AsyncLocalStorage } from 'node:async_hooks';

const fields = new AsyncLocalStorage<object>();

/**
 * Does `work` with these fields on every line that is logged meanwhile, by whatever part: a retry deep in a driver
 * then says which request and which run it belongs to. Inner fields join outer ones. Getters are read at each line.
 */
export function withLogFields<T>(added: object, work: () => T): T {
  const outer = fields.getStore();
  const joined = Object.create(null, {
    ...(outer === undefined ? {} : Object.getOwnPropertyDescriptors(outer)),
    ...Object.getOwnPropertyDescriptors(added),
  });
  return fields.run(joined, work);
}

/** What {@link withLogFields} says here and now, for the logger at the composition root. */
export function currentLogFields(): Readonly<Record<string, unknown>> {
  return { ...fields.getStore() };
}
