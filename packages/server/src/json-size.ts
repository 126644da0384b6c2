/**
 * Commas and colons of a body, about one for each value. A restore that names every collection of the largest Milvus (65,536) stays below; a body of many more
 * would keep the process from everything else for seconds, and its memory is a multiple of its text.
 */
export const maxMarks = 400_000;

const comma = ','.charCodeAt(0);
const colon = ':'.charCodeAt(0);

/** Whether a JSON text has more values than are taken, told without parsing it; what stands in strings counts, too. */
export function hasTooManyValues(text: string): boolean {
  if (text.length <= maxMarks) return false;
  let marks = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code === comma || code === colon) && ++marks > maxMarks) return true;
  }
  return false;
}
