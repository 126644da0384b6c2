import { z } from '@hono/zod-openapi';
import { int64, stateCode } from './common.js';

/** A copy from store to store: the `data` of `copy` and `get_copy`. */
export const copyInfo = z
  .object({
    id: z.string(),
    state_code: stateCode,
    errorMessage: z.string().optional(),
    start_time: int64.optional().openapi({ description: 'Unix seconds' }),
    end_time: int64.optional().openapi({ description: 'Unix seconds; -62135596800 while running' }),
    progress: z.int().openapi({ description: 'Percent' }),
    backup_name: z.string().openapi({ description: 'Name of the backup at the source' }),
    copy_name: z.string().openapi({ description: 'Name of the backup at the target' }),
    from: z.string(),
    to: z.string(),
    bytes_done: int64.openapi({ description: 'Bytes copied, or found equal' }),
    bytes_total: int64.openapi({ description: 'Bytes of all objects; 0 while unknown' }),
    objects_copied: int64,
    objects_kept: int64.openapi({ description: 'Objects that were there and equal' }),
    nothing_to_do: z.boolean().openapi({ description: 'The copy was there already, whole and equal' }),
  })
  .openapi('CopyInfo');
