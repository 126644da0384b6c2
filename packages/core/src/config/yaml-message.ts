import type { YAMLError } from 'yaml';

/**
 * Codes whose message repeats a piece of the file. An unquoted secret is what most often breaks a file, and
 * that piece may be the secret itself, so these are said in own words.
 */
const ownWords: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'a value that begins with * or & needs quotes',
  BAD_COLLECTION_TYPE: 'a value that begins with ! needs quotes',
  BAD_DIRECTIVE: 'a line that begins with % is not allowed here',
  BAD_DQ_ESCAPE: 'a backslash in double quotes must be written as two',
  BAD_SCALAR_START: 'a value that begins with this character needs quotes',
  DUPLICATE_KEY: 'this key is written twice in its section',
  IMPOSSIBLE: 'this line cannot be read',
  RESOURCE_EXHAUSTION: 'the file is nested too deeply',
  TAB_AS_INDENT: 'tabs are not allowed as indentation',
  TAG_RESOLVE_FAILED: 'a value that begins with ! needs quotes',
  UNEXPECTED_TOKEN:
    'something here does not belong to this line; a value with special characters needs quotes',
};

/** What is wrong with a line of YAML, without any text of the file. */
export function describeYamlError(error: YAMLError): string {
  const own = ownWords[error.code];
  if (own !== undefined) return own;
  return error.message.charAt(0).toLowerCase() + error.message.slice(1);
}
