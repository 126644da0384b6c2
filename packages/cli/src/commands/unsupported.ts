import { Command, Option } from 'clipanion';
import type { ExitCode } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import { BaseCommand } from './base.js';

/** Commands of the Go tool that this one knows by name only, so that a script learns why instead of a typo. */
abstract class UnsupportedCommand extends BaseCommand {
  protected override async run(): Promise<ExitCode> {
    const name = this.path.join(' ');
    throw new FlagError(`${name} is not supported yet`, `use the Go tool for ${name}`, 'UNSUPPORTED');
  }
}

export class RestoreSecondaryCommand extends UnsupportedCommand {
  static override paths = [['restore', 'secondary']];
  static override usage = Command.Usage({
    category: 'Not supported yet',
    description: 'restore into the secondary cluster of a replication',
    details: 'Ends with 1 and says so.',
    examples: [['Try it', '$0 restore secondary -n nightly']],
  });

  name = Option.String('-n,--name', { description: 'Name of the backup' });
  sourceClusterId = Option.String('--source_cluster_id', { description: 'Id of the primary' });
  targetClusterId = Option.String('--target_cluster_id', { description: 'Id of the secondary' });
}

export class L0CompactCommand extends UnsupportedCommand {
  static override paths = [['l0compact']];
  static override usage = Command.Usage({
    category: 'Not supported yet',
    description: 'fold level-0 deletes of a backup into a new one',
    details: 'Ends with 1 and says so.',
    examples: [['Try it', '$0 l0compact -n nightly']],
  });

  name = Option.String('-n,--name', { description: 'Name of the backup' });
  output = Option.String('-o,--output', { description: 'Name of the new backup' });
  force = Option.Boolean('--force', false, { description: 'Clear an existing destination' });
}
