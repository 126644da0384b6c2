import { BackupError, isBackupError } from '../errors/index.js';
import { collectionNotFound, nameOf, type Open, optionsOf } from './calls.js';
import type { ImportState, MilvusGateway } from './gateway.js';
import { isRestJob, restImportState, startRestImport } from './import-jobs.js';
import { importOptions } from './import-options.js';
import type { ResponseOf } from './messages.js';

type ImportCalls = Pick<MilvusGateway, 'startImport' | 'startImportJob' | 'importState'>;

/** `common.ImportState`. */
const importPending = 0;
/** The last one is a failure that was tidied up. */
const importFailed = [1, 7];
const importCompleted = 6;

/** An import id that the server does not know (any more) fails with this, from etcd. */
const keyNotFound = 1000;

export function createImportCalls(open: Open): ImportCalls {
  return {
    async startImport(at, input, call) {
      const session = await open(call);
      // Milvus 2.3 looks for a missing collection for up to a minute before it refuses the import.
      if (!session.info.features.restImport) {
        const { value: exists } = await session.call('HasCollection', nameOf(at), optionsOf(at, call));
        if (!exists) throw collectionNotFound(at);
      }
      const answer = await session.call(
        'Import',
        {
          ...nameOf(at),
          partition_name: input.partition,
          files: input.files,
          options: importOptions(input),
        },
        optionsOf(at, call),
      );
      const [job] = answer.tasks;
      if (job !== undefined) return job;
      throw new BackupError({
        code: 'MILVUS_ERROR',
        message: `Milvus took an import into ${at.database}.${at.collection}, but gave no id for it`,
      });
    },

    startImportJob: async (at, input, call) => startRestImport((await open(call)).rest, at, input, call),

    async importState(at, jobId, call) {
      const session = await open(call);
      if (isRestJob(jobId)) return await restImportState(session.rest, at, jobId, call);
      try {
        const answer = await session.call('GetImportState', { task: jobId }, optionsOf(at, call));
        return toImportState(answer);
      } catch (error) {
        // The state beside this status reads "pending", for ever.
        if (isBackupError(error) && error.details.milvusCode === keyNotFound) {
          return { status: 'failed', percent: 0, rows: 0, reason: `Milvus knows no import ${jobId}` };
        }
        throw error;
      }
    },
  };
}

/** Everything that is neither completed nor failed goes on: the rows count once the job is completed, not before. */
export function toImportState(
  answer: Pick<ResponseOf<'GetImportState'>, 'state' | 'row_count' | 'infos'>,
): ImportState {
  const info = (key: string): string => answer.infos.find((entry) => entry.key === key)?.value ?? '';
  const rows = Number(answer.row_count);
  if (answer.state === importCompleted) return { status: 'completed', percent: 100, rows, reason: '' };
  const percent = Math.min(100, Math.max(0, Number.parseInt(info('progress_percent'), 10) || 0));
  if (!importFailed.includes(answer.state)) {
    return { status: 'running', percent, rows, reason: '', working: answer.state !== importPending };
  }
  return { status: 'failed', percent, rows, reason: info('failed_reason') || 'Milvus gave no reason' };
}
