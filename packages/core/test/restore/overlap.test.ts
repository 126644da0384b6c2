import { describe, expect, test } from 'vitest';
import { parseRename } from '../../src/filter/index.js';
import { TargetReservations } from '../../src/restore/target-reservations.js';
import { thrownBy } from '../driver/thrown-by.js';
import { makeServiceBench } from '../service/bench.js';
import { settleFast } from '../task/settle.js';

describe('targets of restores that run', () => {
  const at = (database: string, collection: string) => ({ database, collection });

  test('are taken all or none, whatever the default database is called', async () => {
    const reservations = new TargetReservations();
    const free = reservations.take('one', [at('default', 'a'), at('shop', 'a')]);
    const again = () => reservations.take('two', [at('default', 'b'), at('', 'a')]);
    expect(await thrownBy(again)).toMatchObject({
      code: 'TASK_EXISTS',
      message: 'restore one is filling collection default.a already',
      details: { run: 'one', collection: 'default.a' },
    });
    reservations.take('three', [at('default', 'b')])();
    free();
    again()();
  });
});

describe('two restores at one time', () => {
  const rename = parseRename('books:other');

  test('never fill one collection, and can when the first has ended', async () => {
    const bench = await makeServiceBench('a-bucket');
    await bench.milvus.add('books', 30);
    const service = bench.open();
    await service.create({ name: 'b' });
    const first = await service.startRestore({ name: 'b', id: 'first', rename });
    const error = await thrownBy(() => service.startRestore({ name: 'b', suffix: '', rename }));
    expect(error).toMatchObject({ code: 'TASK_EXISTS', details: { run: 'first' } });
    await settleFast(() => first.done());
    expect(bench.milvus.collections.get('other')?.imported).toBe(30);
    await settleFast(() => service.restore({ name: 'b', rename, dropExistCollection: true }));
    expect(bench.milvus.collections.get('other')?.imported).toBe(30);
  });

  test('a failed one frees its targets, and others run beside it', async () => {
    const bench = await makeServiceBench('a-bucket');
    await bench.milvus.add('books', 30);
    const service = bench.open();
    await service.create({ name: 'b' });
    const failing = await service.startRestore({ name: 'b' });
    const other = await service.startRestore({ name: 'b', rename });
    expect(await thrownBy(() => failing.done())).toMatchObject({ code: 'TARGET_EXISTS' });
    await settleFast(() => other.done());
    expect(await thrownBy(() => service.restore({ name: 'b' }))).toMatchObject({ code: 'TARGET_EXISTS' });
  });
});
