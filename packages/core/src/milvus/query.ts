import { fullNameOf, type Open, optionsOf } from './calls.js';
import type { MilvusGateway } from './gateway.js';
import type { WireFieldData } from './messages.js';
import { nameStructPart, valuesOf } from './query-values.js';

type QueryCalls = Pick<MilvusGateway, 'query' | 'partitionRowCount'>;

const strong = 0;

export function createQueryCalls(open: Open): QueryCalls {
  return {
    async query(at, { expression, fields }, call) {
      const session = await open(call);
      const answer = await session.call(
        'Query',
        {
          ...fullNameOf(at),
          expr: expression,
          output_fields: fields,
          consistency_level: strong,
          use_default_consistency: false,
        },
        optionsOf(at, call),
      );
      const rows = Math.max(0, ...answer.fields_data.map(countOf));
      const columns = answer.fields_data.flatMap(flatten).flatMap(([name, field]) => {
        const values = valuesOf(field, rows);
        return values === null ? [] : [[name, values] as const];
      });
      return { rows, columns: new Map(columns) };
    },

    async partitionRowCount(at, partition, call) {
      const session = await open(call);
      const answer = await session.call(
        'GetPartitionStatistics',
        { ...fullNameOf(at), partition_name: partition },
        optionsOf(at, call),
      );
      return Number(answer.stats.find(({ key }) => key === 'row_count')?.value ?? 0);
    },
  };
}

/** A struct comes as its parts, each a field of its own. */
function flatten(field: WireFieldData): (readonly [string, WireFieldData])[] {
  const parts = field.struct_arrays?.fields ?? [];
  if (parts.length === 0) return [[field.field_name, field]];
  return parts.map((part) => [nameStructPart(field.field_name, part.field_name), part]);
}

/** Only scalars say how many rows there are; a query always asks for the key, which is one. */
function countOf({ scalars }: WireFieldData): number {
  return scalars ? (valuesOf({ scalars } as WireFieldData, 0)?.length ?? 0) : 0;
}
