import { nameOf, type Open, optionsOf } from './calls.js';
import type { MilvusGateway } from './gateway.js';
import type { WireFieldData } from './messages.js';
import { valuesOf } from './query-values.js';

type QueryCalls = Pick<MilvusGateway, 'query' | 'partitionRowCount'>;

const strong = 0;

export function createQueryCalls(open: Open): QueryCalls {
  return {
    async query(at, { expression, fields }, call) {
      const session = await open(call);
      const answer = await session.call(
        'Query',
        {
          ...nameOf(at),
          expr: expression,
          output_fields: fields,
          consistency_level: strong,
          use_default_consistency: false,
        },
        optionsOf(at, call),
      );
      const rows = Math.max(0, ...answer.fields_data.map(countOf));
      const columns = answer.fields_data.flatMap((field) => {
        const values = valuesOf(field, rows);
        return values === null ? [] : [[field.field_name, values] as const];
      });
      return { rows, columns: new Map(columns) };
    },

    async partitionRowCount(at, partition, call) {
      const session = await open(call);
      const answer = await session.call(
        'GetPartitionStatistics',
        { ...nameOf(at), partition_name: partition },
        optionsOf(at, call),
      );
      return Number(answer.stats.find(({ key }) => key === 'row_count')?.value ?? 0);
    },
  };
}

/** Only scalars say how many rows there are; a query always asks for the key, which is one. */
function countOf({ scalars }: WireFieldData): number {
  return scalars ? (valuesOf({ scalars } as WireFieldData, 0)?.length ?? 0) : 0;
}
