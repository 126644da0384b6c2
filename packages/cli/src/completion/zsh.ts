import type { CompletedCommand, CompletedFlag } from './model.js';

/** A completion for zsh, to be put into a folder of \`$fpath\` as \`_milvus-backup\` or sourced after \`compinit\`. */
export function renderZsh(commands: readonly CompletedCommand[]): string {
  const paths = commands.map(({ path }) => path).filter((path) => path !== '');
  return `#compdef milvus-backup
# Completion of milvus-backup for zsh: milvus-backup completion zsh > "\${fpath[1]}/_milvus-backup"
_milvus_backup() {
  local path_='' word prev='' flag
  local -i at
  local -a found
  for ((at = 2; at < CURRENT; at++)); do
    word="\${words[at]}"
    prev=''
    case "$word" in
      -*) prev="$word" ;;
      *)
        case "\${path_:+$path_ }$word" in
          ${paths.map((path) => `(${quote(path)})`).join(' | ')}) path_="\${path_:+$path_ }$word" ;;
        esac
        ;;
    esac
  done
  case "$path_:$prev" in
${commands.flatMap(({ path, flags }) => flags.flatMap((flag) => valueArms(path, flag))).join('\n')}
  esac
  case "$path_" in
${commands.map(describe).join('\n')}
  esac
}
if [[ "$funcstack[1]" == _milvus-backup ]]; then _milvus_backup "$@"; else compdef _milvus_backup milvus-backup; fi
`;
}

function valueArms(path: string, { names, value }: CompletedFlag): string[] {
  if (value === 'none') return [];
  let action = "_message 'value'";
  if (value === 'file') action = '_files';
  else if (value !== 'any') action = `compadd -- ${value.join(' ')}`;
  return names.map((name) => `    ${quote(`${path}:${name}`)}) ${action}; return ;;`);
}

function describe({ path, flags, words }: CompletedCommand): string {
  const entry = (name: string, description: string): string =>
    quote(`${name}:${description.replaceAll(':', '\\:')}`);
  const options = flags.flatMap(({ names, description }) => names.map((name) => entry(name, description)));
  const next = words.map(({ word, description }) => entry(word, description));
  return `    ${quote(path)})
      if [[ "\${words[CURRENT]}" == -* ]]; then
        found=(${options.join(' ')})
        _describe -o option found
      else
        found=(${next.join(' ')})
        _describe command found
      fi
      ;;`;
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
