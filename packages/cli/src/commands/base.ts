import type { BackupService, RunOptions, TaskView } from '@milvus-backup/core';
import { Command, Option } from 'clipanion';
import type { ExitCode } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import type { CliContext } from '../host.js';
import type { LogAudience } from '../logging.js';
import { reportError } from '../output/errors.js';
import { toPlain } from '../output/plain.js';
import { createProgressOutput } from '../output/progress.js';
import { formatRun } from '../output/text.js';
import { type Session, withSession } from '../session.js';

/** What all commands share: the global options, where output goes, and how an error ends them. */
export abstract class BaseCommand extends Command<CliContext> {
  configPath = Option.String('--config', {
    description: 'Configuration file, backup.yaml when absent; also looked for in $MILVUSCONF and ./configs',
  });
  set = Option.Array('--set', [], {
    description: 'Override a setting, `key=value`; repeat it or separate with commas',
  });
  json = Option.Boolean('--json', false, { description: 'Print one JSON document on stdout' });
  quiet = Option.Boolean('-q,--quiet', false, { description: 'No progress and no notes, only warnings' });

  /** Does the work; throws what goes wrong. */
  protected abstract run(): Promise<ExitCode>;

  override async execute(): Promise<number> {
    try {
      return await this.run();
    } catch (error) {
      return reportError(this.context.host, error, this.json);
    }
  }

  /** The result. */
  protected print(text: string): void {
    this.context.host.stdout.write(toPlain(text));
  }

  protected printDocument(document: object): void {
    this.print(`${JSON.stringify(document, null, 2)}\n`);
  }

  /** What is good to know but no result. */
  protected note(text: string): void {
    if (!this.quiet) this.context.host.stderr.write(toPlain(text));
  }

  protected warn(sentence: string): void {
    this.context.host.stderr.write(toPlain(`Warning: ${sentence}\n`));
  }

  /** Warns about a flag of the Go tool that has a successor or no effect. */
  protected warnDeprecated(flag: string, value: unknown, advice: string): void {
    if (value !== undefined && value !== false && value !== '') this.warn(`${flag} is deprecated, ${advice}`);
  }

  /** @throws FlagError when no backup was named */
  protected requireName(name: string | undefined): string {
    if (name) return name;
    throw new FlagError(
      'backup name is required',
      'name it with -n NAME; `milvus-backup list` shows all names',
    );
  }

  protected withSession<T>(use: (session: Session) => Promise<T>, audience?: LogAudience): Promise<T> {
    return withSession(
      this.context.host,
      {
        configPath: this.configPath ?? null,
        set: this.set,
        audience: audience ?? (this.quiet ? 'quiet' : 'command'),
      },
      use,
    );
  }

  /** Runs to the end with progress on stderr. @throws BackupError that ended the run */
  protected runTask(
    start: (service: BackupService, options: RunOptions) => Promise<TaskView>,
  ): Promise<TaskView> {
    return this.withSession(async ({ service, signal }) => {
      const progress = await createProgressOutput(this.context.host, this.quiet);
      let last: TaskView | undefined;
      const onProgress = (view: TaskView): void => {
        last = view;
        progress.show(view);
      };
      try {
        const view = await start(service, { signal, onProgress });
        if (view.error) throw view.error;
        return view;
      } catch (error) {
        progress.stop();
        // Which collections got through matters most when not all did.
        if (last && last.collections.length > 0) this.note(formatRun(last));
        throw error;
      } finally {
        progress.stop();
      }
    });
  }
}
