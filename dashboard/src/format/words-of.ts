/** The words of a field that takes several, apart from each other by commas or blanks. */
export function wordsOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((word) => word !== '');
}
