/**
 * The text of the first JSON value: the Go tool reads one value and ignores whatever follows it.
 * Says where the value ends, not whether it is right; that is for the parser.
 */
export function firstJsonValue(text: string): string {
  const start = text.search(/[^ \t\r\n]/);
  if (start < 0) return '';
  const first = text[start];
  if (first !== '{' && first !== '[' && first !== '"') {
    const end = text.slice(start).search(/[ \t\r\n]/);
    return end < 0 ? text.slice(start) : text.slice(start, start + end);
  }
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (quoted) {
      if (char === '\\') at++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    if (depth === 0 && !quoted) return text.slice(start, at + 1);
  }
  return text.slice(start);
}
