/** All control characters but line feed and tab, and what turns the direction of text around. */
const moving = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/**
 * A text for a terminal in which nothing can move the cursor, colour, or hide something: names come from the store and
 * from Milvus, where anyone may have chosen them. Such a character is shown as JSON would escape it, so that a JSON
 * document stays what it is.
 */
export function toPlain(text: string): string {
  return text.replace(moving, (character) => {
    if (character === '\n' || character === '\t') return character;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
