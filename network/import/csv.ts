/** CSV as RFC 4180 says, and as spreadsheets write it: UTF-8 with or without a mark, lines that end in LF or CRLF. */

export interface CsvRecord {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** Why it cannot be read to its end; the cells before are there. */
  readonly fault?: string;
}

/** No cell of ours is as long. A quote that is never closed would otherwise take the rest of the file with it. */
const LONGEST_CELL = 4_096;
/** No line of ours has as many: a file of commas alone is not worth the memory. */
const MOST_CELLS = 64;
const BYTE_ORDER_MARK = 0xfeff;
const QUOTE = '"';

/** Every line, undefined for an empty one: a reader may pause behind each. After a fault it goes on with the next line. */
export function* csvRecords(text: string): Generator<CsvRecord | undefined, undefined> {
  const scanner = new Scanner(text);
  for (let record = scanner.next(); record !== undefined; record = scanner.next()) {
    const isEmpty = record.fault === undefined && record.cells.every((cell) => cell === '');
    yield isEmpty ? undefined : record;
  }
}

class Fault extends Error {}

class Scanner {
  readonly #text: string;
  #position: number;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
    this.#position = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
  }

  next(): CsvRecord | undefined {
    if (this.#position >= this.#text.length) return undefined;
    const line = this.#line;
    const start = this.#position;
    const cells: string[] = [];
    try {
      do {
        if (cells.length === MOST_CELLS) throw new Fault(`more than ${MOST_CELLS} cells`);
        cells.push(this.#cell());
      } while (this.#take(','));
      if (!this.#endOfLine()) throw new Fault('text behind a closing quote');
      return { line, cells };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#skipLine(start);
      this.#line = line + 1;
      return { line, cells, fault: error.message };
    }
  }

  #cell(): string {
    return this.#take(QUOTE) ? this.#quoted() : this.#plain();
  }

  #plain(): string {
    const start = this.#position;
    while (!this.#atEndOfCell()) {
      if (this.#text[this.#position] === QUOTE)
        throw new Fault('a quote inside a cell that does not begin with one');
      if (this.#position - start === LONGEST_CELL)
        throw new Fault(`a cell of more than ${LONGEST_CELL} characters`);
      this.#position += 1;
    }
    return this.#text.slice(start, this.#position);
  }

  /** Begins behind the opening quote. Two quotes mean one; line ends belong to the cell. */
  #quoted(): string {
    let cell = '';
    for (;;) {
      const end = this.#text.indexOf(QUOTE, this.#position);
      if (end < 0 || cell.length + end - this.#position > LONGEST_CELL)
        throw new Fault('a quote that is not closed');
      const part = this.#text.slice(this.#position, end);
      this.#line += part.split('\n').length - 1;
      this.#position = end + 1;
      if (!this.#take(QUOTE)) return cell + part;
      cell += part + QUOTE;
    }
  }

  #atEndOfCell(): boolean {
    const character = this.#text[this.#position];
    if (character === '\r') return this.#text[this.#position + 1] === '\n';
    return character === ',' || character === '\n' || character === undefined;
  }

  #take(character: string): boolean {
    if (this.#text[this.#position] !== character) return false;
    this.#position += 1;
    return true;
  }

  #endOfLine(): boolean {
    if (this.#position >= this.#text.length) return true;
    if (this.#text.startsWith('\r\n', this.#position)) this.#position += 1;
    if (!this.#take('\n')) return false;
    this.#line += 1;
    return true;
  }

  #skipLine(start: number): void {
    const end = this.#text.indexOf('\n', start);
    this.#position = end < 0 ? this.#text.length : end + 1;
  }
}
