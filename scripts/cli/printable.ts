/**
 * Text of others, fit for a terminal: escape sequences in a device's name or a reason must not repaint what the person
 * reads. Ends of lines stay.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) =>
    character === '\n' ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** The same for text that has to stay on its line: an end of line would let it speak in another's name. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', '\\u{a}');
}
