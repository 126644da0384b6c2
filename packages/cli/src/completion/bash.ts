import type { CompletedCommand, FlagValue } from './model.js';

/** A completion for bash 3.2 and newer, without the package bash-completion. */
export function renderBash(commands: readonly CompletedCommand[]): string {
  const paths = commands.map(({ path }) => path).filter((path) => path !== '');
  return `# Completion of milvus-backup for bash: source <(milvus-backup completion bash)
_milvus_backup_takes_value() {
  case "$1:$2" in
${arms(commands, takesValue)}
  esac
  return 1
}
_milvus_backup_words() {
  case "$1" in
${commands.map(({ path, words }) => `    '${path}') echo '${words.map(({ word }) => word).join(' ')}' ;;`).join('\n')}
  esac
}
_milvus_backup_flags() {
  case "$1" in
${commands.map(({ path, flags }) => `    '${path}') echo '${flags.flatMap(({ names }) => names).join(' ')}' ;;`).join('\n')}
  esac
}
_milvus_backup_values() {
  case "$1:$2" in
${arms(commands, knownValues)}
  esac
}
_milvus_backup() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" last=$((COMP_CWORD - 1)) path='' prev='' word at found
  # bash takes the = of --flag=value for a word of its own
  if [[ $cur == '=' ]]; then cur=''; elif [[ \${COMP_WORDS[last]} == '=' ]]; then last=$((last - 1)); fi
  for ((at = 1; at <= last; at++)); do
    word="\${COMP_WORDS[at]}"
    prev=''
    case "$word" in
      -*)
        prev="$word"
        if _milvus_backup_takes_value "$path" "$word" && ((at < last)); then
          prev=''
          at=$((at + 1))
          if [[ \${COMP_WORDS[at]} == '=' ]]; then at=$((at + 1)); fi
        fi
        ;;
      *)
        case "\${path:+$path }$word" in
          ${paths.map((path) => `'${path}'`).join(' | ')}) path="\${path:+$path }$word" ;;
        esac
        ;;
    esac
  done
  COMPREPLY=()
  if [[ -n $prev ]] && _milvus_backup_takes_value "$path" "$prev"; then
    found="$(_milvus_backup_values "$path" "$prev")"
    if [[ $found == '@file' ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
    else
      COMPREPLY=($(compgen -W "$found" -- "$cur"))
    fi
  elif [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$(_milvus_backup_flags "$path")" -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$(_milvus_backup_words "$path")" -- "$cur"))
  fi
}
complete -F _milvus_backup milvus-backup
`;
}

const takesValue = (value: FlagValue): string => (value === 'none' ? '' : 'return 0');

function knownValues(value: FlagValue): string {
  if (value === 'none' || value === 'any') return '';
  return `echo '${value === 'file' ? '@file' : value.join(' ')}'`;
}

/** One line of a \`case\` for each flag that has something to say; before a command those of all count. */
function arms(commands: readonly CompletedCommand[], say: (value: FlagValue) => string): string {
  const lines: string[] = [];
  for (const { path, flags } of commands) {
    for (const { names, value } of flags) {
      const what = say(value);
      if (what === '') continue;
      for (const name of names) lines.push(`    '${path}:${name}') ${what} ;;`);
    }
  }
  return lines.join('\n');
}
