import { z } from '@hono/zod-openapi';
import { int64, stateCode } from './common.js';

const runFields = {
  state_code: stateCode,
  errorMessage: z.string().optional(),
  start_time: int64.optional().openapi({ description: 'Unix seconds' }),
  end_time: int64.optional().openapi({ description: 'Unix seconds; -62135596800 while running' }),
  progress: z.int().openapi({ description: 'Percent' }),
};

/** A restore: the `data` of `restore` and `get_restore`. */
export const restoreInfo = z
  .object({
    id: z.string(),
    ...runFields,
    collection_restore_tasks: z
      .array(
        z
          .object({ ...runFields, target_db_name: z.string(), target_collection_name: z.string() })
          .openapi('CollectionRestoreTask'),
      )
      .optional(),
    warnings: z
      .array(z.string())
      .optional()
      .openapi({ description: 'What was not restored beside the data, each with what to do' }),
  })
  .openapi('RestoreInfo');
