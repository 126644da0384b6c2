import type { CompletedCommand, CompletedFlag } from './model.js';

/** A completion for fish, to be put into \`~/.config/fish/completions/milvus-backup.fish\`. */
export function renderFish(commands: readonly CompletedCommand[]): string {
  const paths = commands.map(({ path }) => path).filter((path) => path !== '');
  const lines = commands.flatMap((command) => [
    ...command.words.map(
      ({ word, description }) =>
        `complete -c milvus-backup -f -n ${at(command.path)} -a ${quote(word)} -d ${quote(description)}`,
    ),
    ...command.flags.map((flag) => describe(command.path, flag)),
  ]);
  return `# Completion of milvus-backup for fish: milvus-backup completion fish > ~/.config/fish/completions/milvus-backup.fish
function __milvus_backup_at
    set -l path ''
    set -l words (commandline -opc)
    for word in $words[2..-1]
        set -l next (string trim -- "$path $word")
        if contains -- "$next" ${paths.map(quote).join(' ')}
            set path "$next"
        end
    end
    test "$path" = "$argv[1]"
end
${lines.join('\n')}
`;
}

function describe(path: string, { names, value, description }: CompletedFlag): string {
  const spelled = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  let takes = '';
  if (value === 'any') takes = ' -x';
  else if (value === 'file') takes = ' -r -F';
  else if (value !== 'none') takes = ` -x -a ${quote(value.join(' '))}`;
  return `complete -c milvus-backup -n ${at(path)} ${spelled.join(' ')}${takes} -d ${quote(description)}`;
}

const at = (path: string): string => quote(`__milvus_backup_at "${path}"`);

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
